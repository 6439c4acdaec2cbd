"""Tools of the repository, not of the package: generated documents, terminal pictures, recorded casts."""
