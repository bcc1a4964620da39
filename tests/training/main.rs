//! What a training touches, what it goes by, what it reports, and how it ends.

mod monitors;
mod panics;
mod reported;
mod untouched;
