"""Pages that a person wants to look at: one self-contained file each, made of panels that a science declares."""
