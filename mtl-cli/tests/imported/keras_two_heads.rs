mtl::multitask! {
    pub struct Net {
        input record: [13];

        shared trunk = record -> Dense(64, relu) -> Dense(64, relu);

        head stay = trunk -> Dense(20, relu) -> Dense(1) { loss: mse, weight: 0.5, metrics: [mae] }
        head disease = trunk -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_two_heads.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { record: [0.346, 0.822, 0.33, -1.303, 0.905, 0.446, -0.537, 0.581, 0.365, 0.294, 0.028, 0.547, -0.736] },
                &[&[0.019198775], &[0.037793104, 0.6574393, 0.30476758]],
            ),
            (
                NetInputs { record: [-0.163, -0.482, 0.599, 0.04, -0.292, -0.782, -0.257, 0.008, -0.276, 1.294, 1.007, -2.711, -1.889] },
                &[&[-0.06373894], &[0.04923711, 0.8243522, 0.12641063]],
            ),
            (
                NetInputs { record: [-0.175, -0.422, 0.214, 0.217, 2.118, -1.112, -0.378, 2.043, 0.647, 0.663, -0.514, -1.648, 0.167] },
                &[&[-0.13835996], &[0.06678065, 0.6776508, 0.25556856]],
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
