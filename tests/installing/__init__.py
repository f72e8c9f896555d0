"""Install into foreign portals, literally as the documentation says."""
