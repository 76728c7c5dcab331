"""Control videos of a span: depth, edges, masks, labels and blanked-out footage."""
