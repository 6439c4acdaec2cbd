"""Tools of the repository: generated documents, terminal pictures, recorded casts. Not part of the package."""
