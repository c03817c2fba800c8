//! How modules are compiled and run, apart from their limits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What executes WebAssembly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineKind {
    /// Machine code, made by the compiler Cranelift when a module is loaded.
    #[default]
    Cranelift,
    /// The interpreter Pulley: no machine code is made at run time, so that the host runs where
    /// memory cannot be made executable. Modules behave the same and take many times as long.
    Pulley,
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cranelift => "cranelift",
            Self::Pulley => "pulley",
        })
    }
}

impl FromStr for EngineKind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cranelift" => Ok(Self::Cranelift),
            "pulley" => Ok(Self::Pulley),
            _ => Err("the engines are `cranelift` and `pulley`"),
        }
    }
}

/// Settings of the sandbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct SandboxOptions {
    pub(crate) engine: EngineKind,
    /// The steps in which clocks advance for modules; without one they are as fine as the host's.
    pub(crate) clock_resolution: Option<Duration>,
}
