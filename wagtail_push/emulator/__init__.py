"""A stand-in for Firebase Cloud Messaging and a push service, on one machine.

``python -m wagtail_push.emulator`` answers what the unmodified Firebase
JavaScript SDK and the unmodified ``firebase-admin`` ask of Google, and carries
the message to a real browser: encrypted, signed and over HTTP, like the real one.

What it cannot know. Google publishes the requests, not the reasons of the answers.
These are our reading, never compared with the real service by this code:

* when Google says UNREGISTERED and when INVALID_ARGUMENT, what its dry run looks
  at, and the order in which it looks;
* the exact JSON that Chrome's push service gets for a message (this one has the
  fields that the Firebase SDK reads);
* quotas, throttling and outages, which come only as faults that somebody sets;
* retention on Google's side, and topics, which are not emulated;
* who may send: any service account may, for any project, since the emulator does
  not have their public keys.

Accepted here therefore does not prove accepted by Google; wire formats it does.
"""
