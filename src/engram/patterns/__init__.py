"""Pattern sets that ship with Engram (YAML)."""
