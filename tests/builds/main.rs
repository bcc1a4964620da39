//! Programs that are built by these tests: what compiles and what does not, and what is in a program for a device.
//!
//! One program of tests, so that one build has something to do while another waits.

mod c;
mod call_site;
mod embed;
mod embedded;
mod hygiene;
mod programs;
mod ui;
