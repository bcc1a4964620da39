//! What the compiler tells a user: every mistake of `ui/fail` with its message, and what must stay legal.

/// Apart from what must stay legal: mistakes alone are checked side by side.
#[test]
fn mistakes_are_told_as_they_were_reviewed() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}

#[test]
fn what_must_stay_legal_compiles_and_runs() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}
