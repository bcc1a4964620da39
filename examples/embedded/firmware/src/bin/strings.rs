//! Rows of strings, as a service or a sensor hub has them: the bits of what a model predicts for each, without an allocator.
#![no_std]
#![no_main]

use core::hint::black_box;

use digits_model::{CELLS, COLUMNS, Care, CareInputs};
use firmware::{entry, print, print_number};

static mut MODEL: Care = mtl::flat::zeroed();

entry!(run);

fn run() -> i32 {
    let model = &raw mut MODEL;
    // SAFETY: there is one thread, and no other reference.
    let model = unsafe { &mut *model };
    digits_model::set(model);
    for cells in black_box(CELLS) {
        match CareInputs::from_fields(black_box(&COLUMNS), &cells) {
            Ok(inputs) => {
                let outputs = model.predict(&inputs);
                print_number(outputs.visits.to_bits());
                print(b" ");
                print_number(outputs.health[2].to_bits());
            }
            Err(error) => print(error.cell.as_ref().map_or("no cell", |cell| cell.as_str()).as_bytes()),
        }
        print(b"\n");
    }
    0
}
