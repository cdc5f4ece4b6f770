//! How bytes are laid out: encodings turn bytes into plain values and know no framework.
