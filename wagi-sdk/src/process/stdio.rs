//! Standard input and output of a program.

use std::io::{self, Read, Write};

use crate::body::Sink;

pub(super) fn read(buffer: &mut [u8]) -> io::Result<usize> {
    io::stdin().read(buffer)
}

pub(super) struct Out;

impl Sink for Out {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::stdout().write_all(bytes)
    }

    fn deliver(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
