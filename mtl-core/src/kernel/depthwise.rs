//! A depthwise convolution: every channel of an image has a kernel of its own.
//!
//! Images are channels last, so a vector goes along the channels of a pixel, and meets the same channels of the kernel. Forward, and for the gradient
//! of the input, the kernel's vector is loaded once for a group of neighbouring places; for the gradient of the kernel, sums over places stay in
//! registers. There are no patches. With several filters a channel, filters go one by one.
#![allow(unsafe_code, reason = "whole vectors are read from images and written to them")]

use core::ops::Range;

use super::convolution::{Inside, Window};
use super::vector::{Lanes, Vector};
use super::{GradientSink, InstructionSet, Kernel, bias_gradient};
use crate::kernel::scalar::Scalar;

/// So many places are computed side by side.
const GROUP: usize = 4;

/// `y[p, c M + m] = Σ x[p + t, c] · kernel[t, c M + m] + bias[c M + m]` for every place `p` of every image, over the pixels `t` of the window; `bias` is
/// empty for a layer without one. `M` is `FILTERS / CHANNELS`.
#[inline(always)]
pub fn depthwise_forward<
    S: InstructionSet,
    T: Scalar,
    const IN: usize,
    const OUT: usize,
    const CHANNELS: usize,
    const PIXELS: usize,
    const FILTERS: usize,
    const BIAS: usize,
>(
    window: &Window,
    kernel: &[[T; FILTERS]; PIXELS],
    bias: &[T; BIAS],
    input: &[[T; IN]],
    output: &mut [[T; OUT]],
) {
    if is_of::<IN, OUT, CHANNELS, PIXELS, FILTERS>(window) {
        S::outline(Forward {
            window,
            kernel,
            bias,
            images: input.as_flattened().as_chunks::<CHANNELS>().0,
            output: output.as_flattened_mut().as_chunks_mut().0,
        });
    }
}

/// Writes the gradients of kernel and bias where they are asked for, and that of the input where it is; `add`: adds those of kernel and
/// bias to what is there.
#[inline(always)]
pub fn depthwise_backward<
    S: InstructionSet,
    T: Scalar,
    const IN: usize,
    const OUT: usize,
    const CHANNELS: usize,
    const PIXELS: usize,
    const FILTERS: usize,
    const BIAS: usize,
>(
    window: &Window,
    kernel: &[[T; FILTERS]; PIXELS],
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    input_gradient: Option<GradientSink<'_, T, IN>>,
    gradients: Option<(&mut [[T; FILTERS]; PIXELS], &mut [T; BIAS])>,
    add: bool,
) {
    if !is_of::<IN, OUT, CHANNELS, PIXELS, FILTERS>(window) {
        return;
    }
    let output_gradient = output_gradient.as_flattened().as_chunks::<FILTERS>().0;
    if let Some((kernel, bias)) = gradients {
        bias_gradient::<S, T, FILTERS, BIAS>(output_gradient, bias, add);
        if !add {
            kernel.as_flattened_mut().fill(T::ZERO);
        }
        S::outline(KernelGradient { window, images: input.as_flattened().as_chunks::<CHANNELS>().0, output_gradient, kernel });
    }
    if let Some(sink) = input_gradient {
        let images = sink.columns.as_flattened_mut().as_chunks_mut::<CHANNELS>().0;
        S::outline(InputGradient { window, kernel, output_gradient, images, add: sink.add });
    }
}

/// Whether the sizes in the types are those of the window, as those are that `multitask!` writes: with others nothing is done.
#[inline(always)]
fn is_of<const IN: usize, const OUT: usize, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize>(window: &Window) -> bool {
    const { assert!(CHANNELS > 0 && FILTERS.is_multiple_of(CHANNELS), "every channel has as many filters") };
    let fits = window.image() == IN && window.channels() == CHANNELS && window.pixels_in_patch() == PIXELS && window.count() * FILTERS == OUT;
    debug_assert!(fits, "a window of another image than the layer's");
    fits
}

/// Where along one axis the taps of a window see a pixel: its first tap that does and the place from which it does. The next tap is a stride further,
/// and sees it from the place before.
#[derive(Clone, Copy)]
struct Seen {
    tap: usize,
    place: usize,
    count: usize,
}

impl Window {
    /// From where a pixel is seen along an axis.
    #[inline(always)]
    fn seen(&self, axis: usize, pixel: usize) -> Seen {
        let (stride, at) = (self.stride[axis].max(1), pixel + self.before[axis]);
        let (mut tap, mut place) = (at % stride, at / stride);
        let beyond = (place + 1).saturating_sub(self.places[axis]);
        (tap, place) = (tap + beyond * stride, place - beyond.min(place));
        let taps = self.size[axis].saturating_sub(tap).div_ceil(stride);
        Seen { tap, place, count: taps.min(place + 1) }
    }

    /// The places from which a tap sees a pixel of the image along an axis.
    #[inline(always)]
    fn places_of_tap(&self, axis: usize, tap: usize, side: usize) -> Range<usize> {
        let (stride, before) = (self.stride[axis].max(1), self.before[axis]);
        let first = before.saturating_sub(tap).div_ceil(stride);
        let end = (side + before).saturating_sub(tap).div_ceil(stride).min(self.places[axis]);
        first..end.max(first)
    }
}

/// Goes over some lanes at a time, all of them but the last ones whole. `each` is inlined, as what is not is compiled for the portable set.
#[inline(always)]
fn lanes<T, V: Vector<T>>(values: usize, mut each: impl FnMut(usize, Option<usize>)) {
    let mut at = 0;
    while at + V::LANES <= values {
        each(at, None);
        at += V::LANES;
    }
    if at < values {
        each(at, Some(values - at));
    }
}

/// # Safety
///
/// As of [`Vector::load`] or, of a part, [`Vector::load_partial`].
#[inline(always)]
unsafe fn load<T, V: Vector<T>>(from: *const T, part: Option<usize>) -> V {
    // SAFETY: the caller's.
    unsafe {
        match part {
            None => V::load(from),
            Some(lanes) => V::load_partial(from, lanes),
        }
    }
}

/// # Safety
///
/// As of [`Vector::store`] or, of a part, [`Vector::store_partial`].
#[inline(always)]
unsafe fn store<T, V: Vector<T>>(vector: V, to: *mut T, part: Option<usize>) {
    // SAFETY: the caller's.
    unsafe {
        match part {
            None => vector.store(to),
            Some(lanes) => vector.store_partial(to, lanes),
        }
    }
}

struct Forward<'a, T, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize, const BIAS: usize> {
    window: &'a Window,
    kernel: &'a [[T; FILTERS]; PIXELS],
    bias: &'a [T; BIAS],
    images: &'a [[T; CHANNELS]],
    output: &'a mut [[T; FILTERS]],
}

impl<T: Scalar, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize, const BIAS: usize> Kernel
    for Forward<'_, T, CHANNELS, PIXELS, FILTERS, BIAS>
{
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(mut self) {
        // A copy: what is written cannot change it.
        let window = *self.window;
        let (pixels, places) = (window.height * window.width, window.count());
        if pixels == 0 || places == 0 {
            return;
        }
        let output = core::mem::take(&mut self.output);
        for (image, output) in self.images.chunks_exact(pixels).zip(output.chunks_exact_mut(places)) {
            for row in 0..window.places[0] {
                let rows = window.inside(0, row, window.height);
                let mut column = 0;
                while column < window.places[1] {
                    let place = (row, column);
                    if let Some(columns) = whole_group(&window, column) {
                        self.places::<S, GROUP>(&window, image, output, place, rows, columns);
                        column += GROUP;
                    } else {
                        self.places::<S, 1>(&window, image, output, place, rows, window.inside(1, column, window.width));
                        column += 1;
                    }
                }
            }
        }
    }
}

/// What the windows at a group of places have in common with the image along its rows, if all of them lie in it.
#[inline(always)]
fn whole_group(window: &Window, column: usize) -> Option<Inside> {
    let last = column + GROUP - 1;
    let (first, whole) = (window.inside(1, column, window.width), window.size[1]);
    let is_whole = last < window.places[1] && first.length == whole && window.inside(1, last, window.width).length == whole;
    is_whole.then_some(first)
}

impl<T: Scalar, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize, const BIAS: usize> Forward<'_, T, CHANNELS, PIXELS, FILTERS, BIAS> {
    #[inline(always)]
    fn places<S: InstructionSet, const PLACES: usize>(
        &self,
        window: &Window,
        image: &[[T; CHANNELS]],
        output: &mut [[T; FILTERS]],
        place: (usize, usize),
        rows: Inside,
        columns: Inside,
    ) {
        if const { CHANNELS == FILTERS } {
            self.sums::<T::Vector<S>, PLACES>(window, image, output, place, rows, columns);
        } else {
            self.sums::<Lanes<T, 1>, PLACES>(window, image, output, place, rows, columns);
        }
    }

    /// The sums of some places beside each other, whose windows have the same in common with the image but for its columns.
    #[inline(always)]
    fn sums<V: Vector<T>, const PLACES: usize>(
        &self,
        window: &Window,
        image: &[[T; CHANNELS]],
        output: &mut [[T; FILTERS]],
        (row, column): (usize, usize),
        rows: Inside,
        columns: Inside,
    ) {
        let Some(output) = output.get_mut(row * window.places[1] + column..).and_then(|output| output.get_mut(..PLACES)) else { return };
        lanes::<T, V>(
            FILTERS,
            #[inline(always)]
            |at, part| {
                // SAFETY: `at` and the lanes lie within `FILTERS` values; a whole bias has as many.
                let start = if BIAS == 0 { V::ZERO } else { unsafe { load(self.bias.as_ptr().add(at), part) } };
                let mut sums = [start; PLACES];
                let channel = at / (FILTERS / CHANNELS);
                for down in 0..rows.length {
                    for right in 0..columns.length {
                        let tap = (rows.patch + down) * window.size[1] + columns.patch + right;
                        let pixel = (rows.image + down) * window.width + columns.image + right;
                        // SAFETY: a tap of the window is one of the `PIXELS` of the kernel. Its pixel lies in the image, and so do those of the
                        // places beside it, each a stride further: all their windows do. `at` and the lanes lie within `FILTERS` values, and `channel` and
                        // the lanes within `CHANNELS`: where these differ, there is one lane.
                        unsafe {
                            let weight: V = load(self.kernel.as_ptr().add(tap).cast::<T>().add(at), part);
                            let from = image.as_ptr().add(pixel).cast::<T>().add(channel);
                            for (number, sum) in sums.iter_mut().enumerate() {
                                let x: V = load(from.add(number * window.stride[1] * CHANNELS), part);
                                *sum = x.mul_add(weight, *sum);
                            }
                        }
                    }
                }
                for (output, sum) in output.iter_mut().zip(sums) {
                    // SAFETY: `at` and the lanes lie within `FILTERS` values.
                    unsafe { store(sum, output.as_mut_ptr().add(at), part) };
                }
            },
        );
    }
}

struct InputGradient<'a, T, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize> {
    window: &'a Window,
    kernel: &'a [[T; FILTERS]; PIXELS],
    output_gradient: &'a [[T; FILTERS]],
    images: &'a mut [[T; CHANNELS]],
    add: bool,
}

impl<T: Scalar, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize> Kernel for InputGradient<'_, T, CHANNELS, PIXELS, FILTERS> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let window = *self.window;
        let (pixels, places) = (window.height * window.width, window.count());
        if pixels == 0 || places == 0 {
            return;
        }
        // Pixels so far apart are seen by the same taps, each from the place that follows.
        let stride = window.stride[1].max(1);
        for (image, gradient) in self.images.chunks_exact_mut(pixels).zip(self.output_gradient.chunks_exact(places)) {
            for row in 0..window.height {
                let rows = window.seen(0, row);
                for first in 0..stride.min(window.width) {
                    let mut column = first;
                    while column < window.width {
                        let seen = window.seen(1, column);
                        let last = column + (GROUP - 1) * stride;
                        let pixel = row * window.width + column;
                        let is_group = last < window.width && {
                            let last = window.seen(1, last);
                            (last.tap, last.place, last.count) == (seen.tap, seen.place + GROUP - 1, seen.count)
                        };
                        if is_group {
                            pixels_of_group::<S, T, GROUP, CHANNELS, PIXELS, FILTERS>(
                                &window,
                                self.kernel,
                                gradient,
                                image,
                                pixel,
                                [rows, seen],
                                self.add,
                            );
                            column = last + stride;
                        } else {
                            pixels_of_group::<S, T, 1, CHANNELS, PIXELS, FILTERS>(
                                &window,
                                self.kernel,
                                gradient,
                                image,
                                pixel,
                                [rows, seen],
                                self.add,
                            );
                            column += stride;
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn pixels_of_group<S: InstructionSet, T: Scalar, const PLACES: usize, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize>(
    window: &Window,
    kernel: &[[T; FILTERS]; PIXELS],
    gradient: &[[T; FILTERS]],
    image: &mut [[T; CHANNELS]],
    pixel: usize,
    seen: [Seen; 2],
    add: bool,
) {
    if const { CHANNELS == FILTERS } {
        input_sums::<T, T::Vector<S>, PLACES, CHANNELS, PIXELS, FILTERS>(window, kernel, gradient, image, pixel, seen, add);
    } else {
        input_sums::<T, Lanes<T, 1>, PLACES, CHANNELS, PIXELS, FILTERS>(window, kernel, gradient, image, pixel, seen, add);
    }
}

/// The gradients of some pixels that are a stride apart, which the same taps see.
#[inline(always)]
fn input_sums<T: Scalar, V: Vector<T>, const PLACES: usize, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize>(
    window: &Window,
    kernel: &[[T; FILTERS]; PIXELS],
    gradient: &[[T; FILTERS]],
    image: &mut [[T; CHANNELS]],
    pixel: usize,
    [rows, columns]: [Seen; 2],
    add: bool,
) {
    let stride = window.stride.map(|stride| stride.max(1));
    let Some(image) = image.get_mut(pixel..).filter(|image| image.len() > (PLACES - 1) * stride[1]) else { return };
    lanes::<T, V>(
        CHANNELS,
        #[inline(always)]
        |at, part| {
            let mut sums = [V::ZERO; PLACES];
            if add {
                for (number, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: so many pixels lie in the image, as was looked at; `at` and the lanes lie within `CHANNELS` values.
                    *sum = unsafe { load(image.as_ptr().add(number * stride[1]).cast::<T>().add(at), part) };
                }
            }
            for down in 0..rows.count {
                for right in 0..columns.count {
                    let tap = (rows.tap + down * stride[0]) * window.size[1] + columns.tap + right * stride[1];
                    let place = (rows.place - down) * window.places[1] + columns.place - right;
                    for filter in 0..FILTERS / CHANNELS {
                        // Of several filters a channel, there is one lane.
                        let at = at * (FILTERS / CHANNELS) + filter;
                        // SAFETY: a tap that sees a pixel from a place is one of the `PIXELS` of the kernel, and the place is one of those of
                        // the output, as `Seen` says; so are the places that follow. `at` and the lanes lie within `FILTERS` values.
                        unsafe {
                            let weight: V = load(kernel.as_ptr().add(tap).cast::<T>().add(at), part);
                            let from = gradient.as_ptr().add(place).cast::<T>().add(at);
                            for (number, sum) in sums.iter_mut().enumerate() {
                                let dy: V = load(from.add(number * FILTERS), part);
                                *sum = dy.mul_add(weight, *sum);
                            }
                        }
                    }
                }
            }
            for (number, sum) in sums.into_iter().enumerate() {
                // SAFETY: as where they are loaded.
                unsafe { store(sum, image.as_mut_ptr().add(number * stride[1]).cast::<T>().add(at), part) };
            }
        },
    );
}

struct KernelGradient<'a, T, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize> {
    window: &'a Window,
    images: &'a [[T; CHANNELS]],
    output_gradient: &'a [[T; FILTERS]],
    /// To be added to.
    kernel: &'a mut [[T; FILTERS]; PIXELS],
}

impl<T: Scalar, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize> Kernel for KernelGradient<'_, T, CHANNELS, PIXELS, FILTERS> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        if const { CHANNELS == FILTERS } {
            self.sums::<T::Vector<S>>();
        } else {
            self.sums::<Lanes<T, 1>>();
        }
    }
}

impl<T: Scalar, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize> KernelGradient<'_, T, CHANNELS, PIXELS, FILTERS> {
    #[inline(always)]
    fn sums<V: Vector<T>>(self) {
        let window = *self.window;
        let (pixels, places) = (window.height * window.width, window.count());
        if pixels == 0 || places == 0 {
            return;
        }
        let kernel = self.kernel;
        for (image, gradient) in self.images.chunks_exact(pixels).zip(self.output_gradient.chunks_exact(places)) {
            lanes::<T, V>(
                FILTERS,
                #[inline(always)]
                |at, part| {
                    let channel = at / (FILTERS / CHANNELS);
                    for (tap, kernel) in kernel.iter_mut().enumerate() {
                        let (down, right) = (tap / window.size[1].max(1), tap % window.size[1].max(1));
                        let columns = window.places_of_tap(1, right, window.width);
                        // Sums side by side: one would wait for itself.
                        let mut sums = [V::ZERO; GROUP];
                        for row in window.places_of_tap(0, down, window.height) {
                            let line = (row * window.stride[0] + down - window.before[0]) * window.width;
                            let mut column = columns.start;
                            while column < columns.end {
                                let group = GROUP.min(columns.end - column);
                                for (number, sum) in sums.iter_mut().enumerate() {
                                    if number < group {
                                        let column = column + number;
                                        let pixel = line + column * window.stride[1] + right - window.before[1];
                                        // SAFETY: from these places the tap sees a pixel of the image, as `places_of_tap` says, and they are places of
                                        // the output. `at` and the lanes lie within `FILTERS` values, and `channel` and the lanes within `CHANNELS`:
                                        // where these differ, there is one lane.
                                        unsafe {
                                            let x: V = load(image.as_ptr().add(pixel).cast::<T>().add(channel), part);
                                            let dy = load(gradient.as_ptr().add(row * window.places[1] + column).cast::<T>().add(at), part);
                                            *sum = x.mul_add(dy, *sum);
                                        }
                                    }
                                }
                                column += group;
                            }
                        }
                        let [a, b, c, d] = sums;
                        // SAFETY: `at` and the lanes lie within the `FILTERS` values of a tap.
                        unsafe {
                            let to = kernel.as_mut_ptr().add(at);
                            store(a.add(b).add(c.add(d)).add(load(to, part)), to, part);
                        }
                    }
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::dispatch::run_on_every;
    use std::vec;
    use std::vec::Vec;

    const IMAGES: usize = 2;

    /// Numbers without a pattern, whose sums and products are exact.
    fn number(at: usize) -> f32 {
        ((at * 7919 + 104_729) % 23) as f32 - 11.0
    }

    fn numbers<const N: usize>(count: usize, seed: usize) -> Vec<[f32; N]> {
        (0..count).map(|row| core::array::from_fn(|at| number(seed + row * N + at))).collect()
    }

    #[derive(Clone, Copy)]
    struct Check<const IN: usize, const OUT: usize, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize>(Window);

    impl<const IN: usize, const OUT: usize, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize> Kernel
        for Check<IN, OUT, CHANNELS, PIXELS, FILTERS>
    {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            let window = self.0;
            let kernel: [[f32; FILTERS]; PIXELS] = numbers(PIXELS, 3).try_into().unwrap();
            let (input, gradient) = (numbers::<IN>(IMAGES, 17), numbers::<OUT>(IMAGES, 31));
            let bias: [f32; FILTERS] = core::array::from_fn(|at| number(at + 5));
            let mut expected = vec![[0.0; OUT]; IMAGES];
            let (mut input_gradient, mut kernel_gradient) = (vec![[0.0; IN]; IMAGES], [[0.0; FILTERS]; PIXELS]);
            for (image, place, filter) in (0..IMAGES).flat_map(|image| (0..OUT).map(move |at| (image, at / FILTERS, at % FILTERS))) {
                let at = place * FILTERS + filter;
                expected[image][at] = bias[filter];
                for piece in window.pieces(place) {
                    for (number, pixel) in piece.pixels().enumerate() {
                        let (tap, from) = (piece.patch + number, pixel * CHANNELS + filter / (FILTERS / CHANNELS));
                        expected[image][at] += kernel[tap][filter] * input[image][from];
                        input_gradient[image][from] += kernel[tap][filter] * gradient[image][at];
                        kernel_gradient[tap][filter] += input[image][from] * gradient[image][at];
                    }
                }
            }
            let mut output = vec![[f32::NAN; OUT]; IMAGES];
            depthwise_forward::<S, f32, IN, OUT, CHANNELS, PIXELS, FILTERS, FILTERS>(&window, &kernel, &bias, &input, &mut output);
            assert_eq!(output, expected, "{window:?}");
            for add in [false, true] {
                let before = if add { 2.0 } else { 0.0 };
                let start = if add { 2.0 } else { f32::NAN };
                let (mut columns, mut kernels, mut biases) = (vec![[start; IN]; IMAGES], [[start; FILTERS]; PIXELS], [start; FILTERS]);
                depthwise_backward::<S, f32, IN, OUT, CHANNELS, PIXELS, FILTERS, FILTERS>(
                    &window,
                    &kernel,
                    &input,
                    &gradient,
                    Some(GradientSink { columns: &mut columns, add }),
                    Some((&mut kernels, &mut biases)),
                    add,
                );
                for (ours, expected) in
                    [(columns.as_flattened(), input_gradient.as_flattened()), (kernels.as_flattened(), kernel_gradient.as_flattened())]
                {
                    assert!(ours.iter().zip(expected).all(|(&ours, &expected)| ours == expected + before), "{window:?}: {ours:?} for {expected:?}");
                }
                let sum = |filter: usize| gradient.as_flattened().iter().skip(filter).step_by(FILTERS).sum::<f32>() + before;
                assert_eq!(biases, core::array::from_fn(sum), "{window:?}");
            }
        }
    }

    #[test]
    fn sums_are_those_of_the_definition() {
        let window = |image, size, stride, padded| Window::new(image, size, stride, padded);
        run_on_every(Check::<{ 5 * 9 * 19 }, { 5 * 9 * 19 }, 19, 9, 19>(window([5, 9, 19], [3, 3], [1, 1], true)));
        run_on_every(Check::<{ 5 * 9 * 19 }, { 3 * 7 * 19 }, 19, 9, 19>(window([5, 9, 19], [3, 3], [1, 1], false)));
        run_on_every(Check::<{ 6 * 11 * 4 }, { 3 * 6 * 4 }, 4, 9, 4>(window([6, 11, 4], [3, 3], [2, 2], true)));
        run_on_every(Check::<{ 7 * 12 * 33 }, { 3 * 11 * 33 }, 33, 6, 33>(window([7, 12, 33], [3, 2], [2, 1], false)));
        // A stride beyond the window leaves out pixels.
        run_on_every(Check::<{ 7 * 16 * 3 }, { 3 * 6 * 3 }, 3, 2, 3>(window([7, 16, 3], [1, 2], [3, 3], true)));
        // Larger than the image, padded all round.
        run_on_every(Check::<{ 3 * 2 * 5 }, { 3 * 2 * 5 }, 5, 35, 5>(window([3, 2, 5], [5, 7], [1, 1], true)));
        // Several filters a channel.
        run_on_every(Check::<{ 4 * 7 * 3 }, { 4 * 7 * 6 }, 3, 9, 6>(window([4, 7, 3], [3, 3], [1, 1], true)));
        run_on_every(Check::<{ 4 * 7 * 2 }, { 2 * 3 * 6 }, 2, 4, 6>(window([4, 7, 2], [2, 2], [2, 2], false)));
    }
}
