mtl::multitask! {
    pub struct Net {
        input x: [6];
        input days: [4, 3];

        shared mul = x -> RmsNorm(epsilon = 1e-5);
        shared mul_5 = days -> RmsNorm -> Flatten;
        shared body = (mul, mul_5) -> Concat -> Dense(5, relu);

        head level = body -> Dense(1) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_root_mean_square.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [-0.294, 1.124, 0.489, -0.473, -0.317, -1.14], days: [[-0.188, 0.031, 0.829], [-0.019, -0.25, -0.151], [-0.326, -1.879, 0.252], [-1.005, 1.102, -0.037]] },
                &[&[0.4806587], &[0.45599955, 0.23207206, 0.31192842]],
            ),
            (
                NetInputs { x: [-2.707, -0.951, -1.697, 0.294, -2.178, 0.804], days: [[-0.984, 0.128, -0.1], [1.004, 2.087, 0.301], [0.844, 0.125, -0.577], [-1.622, 0.573, -1.079]] },
                &[&[0.48937744], &[0.4418482, 0.21868463, 0.33946723]],
            ),
            (
                NetInputs { x: [-0.701, -1.833, -1.679, 0.025, 3.167, 0.789], days: [[0.229, 1.667, -0.498], [-1.475, -0.356, -1.345], [0.664, 0.014, 1.458], [-0.586, -1.498, -0.679]] },
                &[&[0.40714163], &[0.49257284, 0.2282373, 0.27918988]],
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
