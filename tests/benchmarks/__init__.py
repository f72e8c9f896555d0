"""How fast we are, beside what else there is: ``tox run -e bench``."""
