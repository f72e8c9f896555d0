"""The emulator's web page: see what happens, and make things happen."""
