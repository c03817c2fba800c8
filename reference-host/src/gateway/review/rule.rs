//! The rules of the specification that output can break.

macro_rules! rules {
    ($($rule:ident => $id:literal,)*) => {
        /// A rule of the specification that output can break.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Rule {
            $($rule,)*
        }

        impl Rule {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$rule,)*];

            /// The id in the specification.
            pub(crate) fn id(self) -> &'static str {
                match self {
                    $(Self::$rule => $id,)*
                }
            }
        }
    };
}

rules! {
    BlankBeforeColon => "header-block.blank-before-colon",
    Bodiless => "status.bodiless",
    CgiFieldOnce => "header-block.cgi-field-once",
    ConnectionLevel => "header-block.connection-level",
    ContentLength => "header-block.content-length",
    ContinuationLine => "header-block.continuation-line",
    Controls => "header-block.controls",
    EmptyLocation => "location.empty",
    EmptyValue => "header-block.empty-value",
    HeadBody => "body.head.discarded",
    Incomplete => "header-block.incomplete",
    MalformedLine => "header-block.malformed-line",
    MalformedStatus => "status.malformed",
    NoCgiField => "header-block.no-cgi-field",
    NoNph => "header-block.no-nph",
    ServerFields => "header-block.server-fields",
    Size => "header-block.size",
    StatusAbove599 => "status.above-599",
    StatusBelow200 => "status.below-200",
    ValueBytes => "header-block.value-bytes",
    XCgi => "header-block.x-cgi",
}
