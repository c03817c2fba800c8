//! The rules of the specification that output can break.

/// A rule of the specification that output can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    BlankBeforeColon,
    Bodiless,
    CgiFieldOnce,
    ConnectionLevel,
    ContentLength,
    ContinuationLine,
    Controls,
    EmptyLocation,
    EmptyValue,
    HeadBody,
    Incomplete,
    MalformedLine,
    MalformedStatus,
    NoCgiField,
    NoNph,
    ServerFields,
    Size,
    StatusAbove599,
    StatusBelow200,
    ValueBytes,
    XCgi,
}

impl Rule {
    /// The id in the specification.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::BlankBeforeColon => "header-block.blank-before-colon",
            Self::Bodiless => "status.bodiless",
            Self::CgiFieldOnce => "header-block.cgi-field-once",
            Self::ConnectionLevel => "header-block.connection-level",
            Self::ContentLength => "header-block.content-length",
            Self::ContinuationLine => "header-block.continuation-line",
            Self::Controls => "header-block.controls",
            Self::EmptyLocation => "location.empty",
            Self::EmptyValue => "header-block.empty-value",
            Self::HeadBody => "body.head.discarded",
            Self::Incomplete => "header-block.incomplete",
            Self::MalformedLine => "header-block.malformed-line",
            Self::MalformedStatus => "status.malformed",
            Self::NoCgiField => "header-block.no-cgi-field",
            Self::NoNph => "header-block.no-nph",
            Self::ServerFields => "header-block.server-fields",
            Self::Size => "header-block.size",
            Self::StatusAbove599 => "status.above-599",
            Self::StatusBelow200 => "status.below-200",
            Self::ValueBytes => "header-block.value-bytes",
            Self::XCgi => "header-block.x-cgi",
        }
    }
}
