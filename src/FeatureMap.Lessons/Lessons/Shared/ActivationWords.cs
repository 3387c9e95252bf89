using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Activations by the words of a control, with their formula where it can be written with what formulas know.</summary>
internal static class ActivationWords
{
    /// <summary>The words that have no number of their own.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "relu", "leaky-relu", "relu6", "elu", "selu", "gelu", "silu", "mish", "hard-swish", "softplus", "sigmoid", "hard-sigmoid", "tanh",
            "hard-tanh", "softsign",
    ];

    /// <summary>The op of a word.</summary>
    /// <param name="word">One of <see cref="All"/>.</param>
    /// <param name="parameter">Slope of the leaky one, alpha of ELU, beta of SiLU and softplus.</param>
    public static Op Op(string word, float parameter) => word switch
    {
        "relu" => new Relu(),
        "leaky-relu" => new LeakyRelu(parameter),
        "relu6" => new Relu6(),
        "elu" => new Elu(parameter),
        "selu" => new Selu(),
        "gelu" => new Gelu(),
        "silu" => new Silu(parameter),
        "mish" => new Mish(),
        "hard-swish" => new HardSwish(),
        "softplus" => new Softplus(parameter),
        "sigmoid" => new Sigmoid(),
        "hard-sigmoid" => new HardSigmoid(),
        "tanh" => new Tanh(),
        "hard-tanh" => new HardTanh(),
        _ => new Softsign(),
    };

    /// <summary>The value at x as a term; null where its formula needs a function that terms do not have.</summary>
    public static Term? Value(string word, double x, double parameter)
    {
        var (at, p) = (Term.Symbol("x", x), Term.Symbol("a", parameter));
        return word switch
        {
            "relu" => Term.Largest(0, at),
            "leaky-relu" => x > 0 ? at : p * at,
            "relu6" => x > 6 ? 6 : Term.Largest(0, at),
            "elu" => x > 0 ? at : p * (Term.Exponential(at) - 1),
            "selu" => x > 0 ? 1.0507009873554805 * at : 1.7580993408473766 * (Term.Exponential(at) - 1),
            "silu" => at / (1 + Term.Exponential(0 - (p * at))),
            "hard-swish" => Math.Abs(x) >= 3 ? Term.Largest(0, at) : at * (at + 3) / 6,
            "softplus" => Term.Logarithm(1 + Term.Exponential(p * at)) / p,
            "sigmoid" => 1 / (1 + Term.Exponential(0 - at)),
            "hard-sigmoid" => Math.Abs(x) >= 3 ? x > 0 ? 1 : 0 : (at / 6) + 0.5,
            "tanh" => 1 - (2 / (Term.Exponential(2 * at) + 1)),
            "hard-tanh" => Math.Abs(x) >= 1 ? Math.Sign(x) : at,
            "softsign" => x < 0 ? at / (1 - at) : at / (1 + at),
            _ => null,
        };
    }
}
