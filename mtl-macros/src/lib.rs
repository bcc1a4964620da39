#![allow(dead_code)]
mod codegen;
mod graph;
#[cfg(test)]
mod scratch;
