//! Static routes: the files of a folder over HTTP.
//!
//! What a file is called, how it is described and which part of it is sent is decided by functions
//! over values; only [`open`] touches the disk, on threads that may block.

mod body;
mod conditions;
mod encoding;
mod folder;
mod media_type;
mod open;
mod range;

pub(crate) use body::FileBody;
pub(crate) use folder::{FileError, FileRequest, Folder};
