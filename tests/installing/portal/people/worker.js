// The portal's own: it answers when the network does not, and takes pushes of its own.
addEventListener("install", (event) => event.waitUntil(skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  event.respondWith(fetch(event.request).catch(() => new Response("offline")));
});
addEventListener("push", (event) => {
  event.waitUntil(registration.showNotification("The portal's worker"));
});
