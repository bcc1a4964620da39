mtl::multitask! {
    pub struct Net {
        input x: [6];

        shared a = x -> Dense(4, relu);
        shared b = x -> Dense(4, sigmoid);
        shared average = (a, b) -> Average;
        shared maximum = (a, average) -> Maximum;

        head p = (a, b, average, maximum) -> Concat -> Dense(1) { loss: mse }
        head q = maximum -> Dense(1) { loss: mse }
        head r = (average, maximum) -> Multiply -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_branches.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.346, 0.822, 0.33, -1.303, 0.905, 0.446] },
                &[&[2.9348712], &[-0.62872183], &[0.86485267]],
            ),
            (
                NetInputs { x: [-0.537, 0.581, 0.365, 0.294, 0.028, 0.547] },
                &[&[1.2981707], &[-0.114712596], &[0.62037337]],
            ),
            (
                NetInputs { x: [-0.736, -0.163, -0.482, 0.599, 0.04, -0.292] },
                &[&[0.7899589], &[-0.11101103], &[0.41095066]],
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
