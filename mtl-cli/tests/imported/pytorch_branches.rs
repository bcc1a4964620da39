mtl::multitask! {
    pub struct Net {
        input x: [6];

        shared a = x -> Dense(4, relu);
        shared b = x -> Dense(4, sigmoid);
        shared max = (a, b) -> Maximum;
        let mul = (a, b) -> Multiply;

        head p = (a, b, max) -> Concat -> Dense(1) { loss: mse }
        head q = max -> Dense(1) { loss: mse }
        head r = (mul, max) -> Multiply -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_branches.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [1.18, -0.605, 0.209, 0.048, -0.767, 0.724] },
                &[&[0.58823967], &[-0.65755767], &[0.07226851]],
            ),
            (
                NetInputs { x: [-1.238, -1.186, -0.705, 1.729, -0.441, 0.062] },
                &[&[0.45490092], &[-0.6065547], &[-0.030443452]],
            ),
            (
                NetInputs { x: [-3.12, -1.087, 0.325, -0.291, -0.471, 1.024] },
                &[&[0.5230107], &[-0.7021897], &[0.46191528]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
