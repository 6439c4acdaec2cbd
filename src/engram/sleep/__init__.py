"""The night: what was said by day becomes an adapter, if the evidence says so."""
