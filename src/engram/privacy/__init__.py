"""GUARD: secrets, personal data and unsafe content, found before anything is stored, indexed or trained."""
