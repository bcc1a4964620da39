//! Random damage to weight files: no panic, no large allocation, and nothing accepted that the reference implementation refuses.
//!
//! `MTL_FUZZ_MUTATIONS=1000000 cargo test --release --test weights_hostile` for a long run.
#![allow(unsafe_code, reason = "an allocator that counts")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use mtl_core::weights::{self, LoadErrorKind, LoadOptions};
use mtl_core::{Flat, flat};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};
use safetensors::SafeTensors;
use support::Tiny;

/// The system's allocator, with a count of what is allocated and the largest it was. This file has one test, so one thread counts.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(ALLOCATED.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a call allocates at most beyond what was there before.
fn peak<V>(call: impl FnOnce() -> V) -> (V, usize) {
    let before = ALLOCATED.load(Relaxed);
    PEAK.store(before, Relaxed);
    let value = call();
    (value, PEAK.load(Relaxed) - before)
}

/// Text that means something in a header.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\u0061",
    "\\ud800",
    "0",
    "9",
    "18446744073709551615",
    "4294967296",
    "F32",
    "F64",
    "BF16",
    "F4",
    "U64",
    "dtype",
    "shape",
    "data_offsets",
    "__metadata__",
    "mtl",
    "kernel",
    "weight",
    "body.dense1.",
    "num_batches_tracked",
    " ",
    "-1",
    "1e9",
];

fn mutate(bytes: &mut Vec<u8>, rng: &mut impl Rng) {
    // Twice as often in the header as anywhere.
    let place = |bytes: &[u8], rng: &mut dyn Rng| {
        let end = if rng.random_bool(0.5) { bytes.len() } else { bytes.len().min(1000) };
        if end == 0 { 0 } else { rng.random_range(0..end) }
    };
    for _ in 0..rng.random_range(1..5) {
        let at = place(bytes, rng);
        match rng.random_range(0..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = rng.random(),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, rng.random()),
            4 => {
                let word = WORDS[rng.random_range(0..WORDS.len())];
                let replaced = if rng.random_bool(0.5) { (at + word.len()).min(bytes.len()) } else { at };
                bytes.splice(at..replaced, word.bytes());
            }
            5 => {
                let to = (at + rng.random_range(0..64)).min(bytes.len());
                bytes.drain(at..to);
            }
            6 => {
                let from = place(bytes, rng);
                let piece = bytes[from..(from + rng.random_range(0..200)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                // A length of the header that fits the damage, or does not.
                if let Some(length) = bytes.first_chunk_mut::<8>() {
                    let old = u64::from_le_bytes(*length);
                    *length = [old ^ 1, old.wrapping_add(rng.random_range(0..100)), rng.random(), rng.random_range(0..2000)][rng.random_range(0..4)]
                        .to_le_bytes();
                }
            }
        }
    }
    // Often the length is put right, so that damage to the header gets past it.
    if rng.random_bool(0.7)
        && let Some(end) = bytes.windows(3).rposition(|window| window == b"}} " || window == b"]}}")
        && end > 8
    {
        let length = (end + 3 - 8) as u64;
        bytes[..8].copy_from_slice(&length.to_le_bytes());
    }
}

#[test]
fn damaged_files_are_refused_without_panic_and_without_large_allocations() {
    many_small_tensors();
    let mutations = std::env::var("MTL_FUZZ_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let single = weights::to_bytes(&Tiny::<f32>::counting()).unwrap();
    let double = weights::to_bytes(&Tiny::<f64>::counting()).unwrap();
    let other = weights::to_bytes(&Tiny::<f32, 3>::counting()).unwrap();
    let pytorch = {
        let text = [("kernel", "weight"), ("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean")];
        let mut bytes = single.clone();
        for (from, to) in text {
            while let Some(at) = bytes.windows(from.len()).position(|window| window == from.as_bytes()) {
                bytes.splice(at..at + from.len(), to.bytes());
            }
        }
        bytes
    };
    let seeds = [single, double, other, pytorch];
    let model_bytes = size_of::<Tiny>();
    let mut outcomes = [0_usize; 4];
    let mut sound_beyond_header = 0_usize;
    for number in 0..mutations {
        let mut bytes = seeds[number % seeds.len()].clone();
        mutate(&mut bytes, &mut rng);

        let (result, allocated) = peak(|| LoadOptions::new().read::<Tiny>(Cursor::new(&bytes)));
        // The header and what is noted of its tensors, the model, the names that the model itself has, the report.
        let bound = 3 * bytes.len() + model_bytes + 16 * 1024;
        assert!(allocated <= bound, "{allocated} bytes allocated for a file of {}: {}", bytes.len(), bytes.escape_ascii());
        let refused_as_file = match result {
            Ok(model) => {
                assert!(model.as_slice().iter().all(|value| value.is_finite()));
                outcomes[0] += 1;
                false
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                match error.kind {
                    LoadErrorKind::NotSafetensors(_) | LoadErrorKind::Duplicate { .. } => outcomes[1] += 1,
                    LoadErrorKind::Mismatch { .. } => outcomes[2] += 1,
                    kind => panic!("a cursor can be read: {kind}"),
                }
                matches!(error.kind, LoadErrorKind::NotSafetensors(_) | LoadErrorKind::Duplicate { .. })
            }
        };
        if !refused_as_file {
            sound_beyond_header += 1;
            assert!(SafeTensors::deserialize(&bytes).is_ok(), "accepted, but the reference refuses: {}", bytes.escape_ascii());
        }

        let mut model: Tiny = flat::zeroed();
        let report = LoadOptions::new().read_matching(&mut model, Cursor::new(&bytes));
        if let Ok(report) = report {
            let _ = report.to_string();
            outcomes[3] += usize::from(!report.loaded.is_empty());
            assert!(model.as_slice().iter().all(|value| value.is_finite()));
        }
    }
    // The damage reaches every stage.
    assert!(outcomes.iter().all(|&count| count > mutations / 1000), "{outcomes:?}");
    assert!(sound_beyond_header > mutations / 100, "{sound_beyond_header}");
}

/// A file that is nearly all header must not be blown up by reading it (the reference implementation takes nine times its size).
fn many_small_tensors() {
    let entries: Vec<String> = (0..20_000)
        .map(|number| format!(r#""{number:x}":{{"dtype":"F32","shape":[],"data_offsets":[{},{}]}}"#, 4 * number, 4 * number + 4))
        .collect();
    let header = format!("{{{}}}", entries.join(","));
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + 4 * entries.len(), 0);
    let (result, allocated) = peak(|| LoadOptions::new().read::<Tiny>(Cursor::new(&bytes)));
    assert!(matches!(result.unwrap_err().kind, LoadErrorKind::Mismatch { unlisted: 19_900, .. }));
    assert!(allocated <= 2 * bytes.len(), "{allocated} for {}", bytes.len());
}
