"""Books that readers take home, and what they are told about them."""
