//! Standard input and output of a module without the locks of `std`, which one thread does not need, and which are four
//! kilobytes.

use std::io;

use rustix::io::Errno;

use crate::body::Sink;

pub(super) fn read(buffer: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(rustix::stdio::stdin(), buffer)?)
}

pub(super) struct Out;

impl Sink for Out {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_all(bytes)
    }

    fn deliver(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
