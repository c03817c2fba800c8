//! The WAGI conformance suite: golden-file and property tests of any WAGI server.
//!
//! Data flows one way: specification and case files → [`run`] against a [`target`] over the
//! byte-exact client in [`wire`] → [`outcome`] records → [`report`]s. The expectation never comes
//! from a server's code: [`model`] follows the specification and shares nothing with the host.

pub mod baseline;
pub mod case;
pub mod cli;
pub mod coverage;
pub mod diff;
pub mod matrix;
pub mod model;
pub mod mount;
pub mod outcome;
pub mod preflight;
pub mod probe;
pub mod property;
pub mod report;
pub mod reproducer;
pub mod requirement;
pub mod run;
pub mod saved;
pub mod selftest;
pub mod setup;
pub mod target;
pub mod text;
pub mod wire;
