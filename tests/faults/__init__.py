"""What breaks while we send, and what must hold all the same: ``tox run -e faults``."""
