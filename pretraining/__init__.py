"""How the embedded base model was made. Not installed with the package."""
