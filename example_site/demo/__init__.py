"""The example site as a whole: web server, queue and emulator, started together."""
