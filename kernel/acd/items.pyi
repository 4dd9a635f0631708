"""Work items that are not calls: what moves them; compiled against from C only (acd_items.pxd)."""
