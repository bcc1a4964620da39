//! What the compiler tells a user: every mistake of `ui/fail` with its message, and what must stay legal.

#[test]
fn mistakes_are_told_as_they_were_reviewed() {
    let tests = trybuild::TestCases::new();
    tests.pass("tests/ui/pass/*.rs");
    tests.compile_fail("tests/ui/fail/*.rs");
}
