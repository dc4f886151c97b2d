"""Published experiments, answered: reported figures beside measured ones, claims judged, audits. Pure."""
