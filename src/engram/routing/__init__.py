"""Where each entry of the ledger belongs: into weights, to retrieval, both or neither."""
