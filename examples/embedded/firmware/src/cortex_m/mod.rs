//! A Cortex-M: the table of its exceptions, what comes before the first function, and semihosting, by which a debugger or an emulator
//! writes for it and ends it.
//!
//! `sections.ld` says where things lie. The functions for copies and comparisons come with `core` on these targets.

use core::arch::{asm, global_asm};

/// How much stack there is to paint: what `sections.ld` gives it, without what the program itself has on it.
pub const STACK: usize = 7 * 1024;

unsafe extern "C" {
    /// The end of the stack, from `sections.ld`.
    static STACK_TOP: u8;
    /// What the processor does first, below.
    fn reset() -> !;
}

/// What the processor reads at address 0: where the stack begins, and what to run at a reset and at each exception.
#[repr(C)]
pub struct Vectors {
    stack: &'static u8,
    reset: unsafe extern "C" fn() -> !,
    exceptions: [extern "C" fn() -> !; 14],
}

// SAFETY: `sections.ld` puts it at address 0, and it has the layout that the architecture demands; `STACK_TOP` is an address, which is not read.
#[unsafe(link_section = ".vectors")]
#[used]
static VECTORS: Vectors = Vectors { stack: unsafe { &STACK_TOP }, reset, exceptions: [fault; 14] };

// The unit for floating point is off at a reset: coprocessors 10 and 11 of CPACR.
#[cfg(target_abi = "eabihf")]
global_asm!(
    ".macro start_floating_point",
    "ldr r0, =0xE000ED88",
    "ldr r1, [r0]",
    "movs r2, #0xF",
    "lsls r2, r2, #20",
    "orrs r1, r2",
    "str r1, [r0]",
    "dsb",
    "isb",
    ".endm"
);
#[cfg(not(target_abi = "eabihf"))]
global_asm!(".macro start_floating_point", ".endm");

// Variables get their values, those from `.bss` zeros, then the program runs. In instructions that every Cortex-M has.
global_asm!(
    ".section .text.reset, \"ax\"",
    ".global reset",
    ".type reset, %function",
    ".thumb_func",
    "reset:",
    "start_floating_point",
    "ldr r0, =DATA_START",
    "ldr r1, =DATA_END",
    "ldr r2, =DATA_VALUES",
    "b 2f",
    "1: ldm r2!, {{r3}}",
    "stm r0!, {{r3}}",
    "2: cmp r0, r1",
    "blo 1b",
    "ldr r1, =BSS_END",
    "movs r3, #0",
    "b 4f",
    "3: stm r0!, {{r3}}",
    "4: cmp r0, r1",
    "blo 3b",
    "bl run_and_exit",
    "udf #0",
    ".pool",
    ".size reset, . - reset",
    ".text"
);

/// Declares the entry of the program, which runs a function and ends with the number it returns.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        // SAFETY: no other item of the program has this name, which is what runs after a reset.
        #[unsafe(no_mangle)]
        extern "C" fn run_and_exit() -> ! {
            $crate::exit($main())
        }
    };
}

extern "C" fn fault() -> ! {
    exit(102)
}

/// Asks the host for something, by the number of the operation.
///
/// # Safety
///
/// What the argument points to must be what the operation reads.
unsafe fn semihosting(operation: u32, argument: *const u32) {
    // SAFETY: the host reads what the argument points to and overwrites r0 alone.
    unsafe { asm!("bkpt #0xAB", inout("r0") operation => _, in("r1") argument, options(nostack, readonly, preserves_flags)) }
}

/// Ends the program.
pub fn exit(status: i32) -> ! {
    /// The reason of an end in order.
    const APPLICATION_EXIT: u32 = 0x20026;
    loop {
        // SAFETY: SYS_EXIT_EXTENDED reads a reason and a number.
        unsafe { semihosting(0x20, [APPLICATION_EXIT, status.cast_unsigned()].as_ptr()) };
    }
}

/// Writes to the host's output.
pub fn print(text: &[u8]) {
    for byte in text {
        // SAFETY: SYS_WRITEC reads one byte.
        unsafe { semihosting(0x03, core::ptr::from_ref(byte).cast()) };
    }
}

/// The processor's clock, by the timer that every Cortex-M has; differences count, and it goes round after 2²⁴.
pub fn ticks() -> u32 {
    /// Its registers: control, the number it begins anew with, and the number it is at.
    const SYSTICK: *mut u32 = 0xE000_E010_usize as _;
    /// On, by the clock of the processor.
    const ON: u32 = 0b101;
    const LAST: u32 = (1 << 24) - 1;
    // SAFETY: these are the timer's registers, which nothing else in the program uses.
    unsafe {
        let [control, first, now] = [0, 1, 2].map(|register| SYSTICK.add(register));
        if control.read_volatile() & ON != ON {
            first.write_volatile(LAST);
            now.write_volatile(0);
            control.write_volatile(ON);
        }
        // It counts down.
        LAST - now.read_volatile()
    }
}

/// The stack pointer.
#[inline(always)]
pub(crate) fn stack_pointer() -> *mut u8 {
    let top: *mut u8;
    // SAFETY: it reads a register.
    unsafe { asm!("mov {}, sp", out(reg) top, options(nomem, nostack, preserves_flags)) };
    top
}
