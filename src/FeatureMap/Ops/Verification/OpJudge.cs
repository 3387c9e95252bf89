using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Compares kernels with their naive references, and the references' gradients with central differences. Says what is wrong, or null when nothing is.
/// </summary>
internal static class OpJudge
{
    // One op in float32 against float64; the tolerances PyTorch uses for its own comparisons.
    private const int MostParts = 64;
    private const double RelativeTolerance = 1.3e-6, AbsoluteTolerance = 1e-5;

    public static IReadOnlyList<LaneWidth> Widths { get; } = [LaneWidth.Bits512, LaneWidth.Bits256, LaneWidth.Bits128, LaneWidth.Scalar];

    /// <summary>
    /// Judges one case at the given widths: forward and all gradients, separate and in place, and equal bits at every width and however the
    /// shards are cut.
    /// </summary>
    public static string? Compare(OpCase given, ulong seed, params ReadOnlySpan<LaneWidth> widths)
    {
        if (given.Op.IsView(ExecutionMode.Training)) return null;
        foreach (var mode in (ReadOnlySpan<ExecutionMode>)[ExecutionMode.Training, ExecutionMode.Evaluation])
        {
            if (given.Op.IsView(mode)) continue;
            var pass = MakePass(given, seed, mode);
            given.Op.ReferenceForward(pass);
            if (mode == ExecutionMode.Training) given.Op.ReferenceBackward(pass);
            List<float>? bits = null;
            foreach (var width in widths)
            {
                foreach (var (wantsInPlace, parts) in (ReadOnlySpan<(bool, int)>)[(false, 1), (true, 1), (false, 3), (true, MostParts)])
                {
                    var inPlace = wantsInPlace && (given.Op.ForwardInPlace || given.Op.GradientInPlace || given.Op.PassesGradient);
                    if (wantsInPlace && !inPlace && parts == 1) continue;
                    var where =
                        $"{given}, {mode}, {width}{(inPlace ? ", in place" : "")}{(parts > 1 ? $", {parts} parts" : "")}, seed {seed}";
                    var runner = new OpRunner(pass, width, inPlace, parts);
                    var received = new List<float>();
                    if (Run(runner, pass, given.Values, received) is { } failure) return $"{where}: {failure}";
                    bits ??= received;
                    for (var i = 0; i < bits.Count; i++)
                        if (BitConverter.SingleToUInt32Bits(bits[i]) != BitConverter.SingleToUInt32Bits(received[i]))
                            return $"{where}: number {i} of the results is {received[i]:R}, but {bits[i]:R} at the first "
                                + "width: bits must not depend on the width, nor on how shards are cut.";
                }
            }
        }
        return null;
    }

    /// <summary>Compares every gradient of the reference with central differences in double precision (at most 40 coordinates per tensor).</summary>
    public static string? CheckGradient(OpCase given, ulong seed)
    {
        const double Step = 1e-6, Relative = 1e-3, Absolute = 1e-5;
        var pass = MakePass(given with { Values = CaseValues.Reals }, seed, ExecutionMode.Training);
        given.Op.ReferenceForward(pass);
        given.Op.ReferenceBackward(pass);
        var tensors = pass.Inputs.Select((input, i) => (Name: $"input {i}", input.Values, Gradient: pass.InputGradients[i].Values)).Where((_, i) => given.Op.HasGradient(i)).ToList();
        var definitions = given.Op.Parameters(given.Inputs);
        for (var i = 0; i < definitions.Count; i++)
            if (definitions[i].Trainable)
                tensors.Add((definitions[i].Name, pass.Parameters[i], pass.ParameterGradients[i]));
        var random = new RandomSequence(seed, RandomPurpose.Testing, 2);
        foreach (var (name, numbers, gradient) in tensors)
        {
            for (var trial = 0; trial < Math.Min(40, numbers.Length); trial++)
            {
                var at = numbers.Length <= 40 ? trial : random.NextInt(numbers.Length);
                var kept = numbers[at];
                numbers[at] = kept + Step;
                var above = Objective(pass);
                numbers[at] = kept - Step;
                var below = Objective(pass);
                numbers[at] = kept;
                var expected = (above - below) / (2 * Step);
                if (!(Math.Abs(expected - gradient[at]) <= Absolute + (Relative * Math.Abs(expected))))
                    return $"{given}, seed {seed}: gradient of {name}[{at}] is {gradient[at]:R}, central difference {expected:R}.";
            }
        }
        return null;
    }

    /// <summary>A pass filled with the case's kind of numbers.</summary>
    public static ReferencePass MakePass(OpCase given, ulong seed, ExecutionMode mode)
    {
        var random = new RandomSequence(seed, RandomPurpose.Testing, 1);
        var inputs = given.Inputs.Select(shape => new ReferenceTensor(given.Batch, shape)).ToArray();
        for (var i = 0; i < inputs.Length; i++)
            Fill(inputs[i], i < given.InputValues.Count ? given.InputValues[i] : InputValues.Any, given.Values, ref random);
        var definitions = given.Op.Parameters(given.Inputs);
        var parameters = definitions.Select(definition => new double[definition.Count]).ToArray();
        for (var i = 0; i < parameters.Length; i++)
        {
            Fill(parameters[i], given.Values, ref random);
            if (definitions[i].Name.EndsWith("var", StringComparison.Ordinal))
                for (var k = 0; k < parameters[i].Length; k++)
                    parameters[i][k] = (float)(Math.Abs(parameters[i][k]) + 0.5);
        }
        var pass = ReferencePass.Create(given.Op, inputs, parameters, mode, new StepState { Seed = seed, Step = 3, Count = given.Batch }, layerIndex: 5, given.Batch);
        Fill(pass.OutputGradient!.Values, given.Values, ref random);
        return pass;
    }

    // The scalar that the gradients belong to: the outputs, weighted by the output gradient.
    private static double Objective(ReferencePass pass)
    {
        Array.Clear(pass.Output.Values);
        pass.Op.ReferenceForward(pass);
        double sum = 0;
        for (var i = 0; i < pass.Output.Values.Length; i++)
            sum += pass.Output.Values[i] * pass.OutputGradient!.Values[i];
        return sum;
    }

    private static string? Run(OpRunner runner, ReferencePass pass, CaseValues kind, List<float> bits)
    {
        runner.Forward();
        if (Difference("output", pass.Output.Values, runner.Output().Values, kind, bits) is { } wrongOutput) return wrongOutput;
        if (pass.Mode == ExecutionMode.Evaluation) return null;
        runner.Backward();
        for (var i = 0; i < pass.Inputs.Length; i++)
        {
            if (!pass.Op.HasGradient(i)) continue;
            if (Difference($"gradient of input {i}", pass.InputGradients[i].Values, runner.InputGradient(i).Values, kind, bits) is { } wrongInput) return wrongInput;
            if (!runner.UnusedLanesAreZero(i)) return $"gradient of input {i} is not 0 in lanes without an image";
        }
        var definitions = pass.Op.Parameters(pass.InputShapes);
        for (var i = 0; i < definitions.Count; i++)
        {
            if (!definitions[i].Trainable) continue;
            var received = Array.ConvertAll(runner.Gradient(i).ToArray(), value => (double)value);
            // A sum of n numbers of about 1 is rounded by about the root of n, however far it cancels.
            var terms = Math.Sqrt((double)pass.Output.Values.Length / definitions[i].Count);
            if (Difference($"gradient of {definitions[i].Name}", pass.ParameterGradients[i], received, kind, bits, terms) is { } wrongParameter) return wrongParameter;
        }
        return null;
    }

    private static string? Difference(string what, double[] expected, double[] received, CaseValues kind, List<float> bits, double leastScale = 0)
    {
        // Sums of many rounded terms: the scale of the whole tensor counts, not that of an element where they happen to cancel.
        var scale = expected.Length == 0 ? 0 : Math.Max(leastScale, expected.Max(Math.Abs));
        for (var i = 0; i < expected.Length; i++)
        {
            bits.Add((float)received[i]);
            var allowed = kind == CaseValues.Integers ? 0 : AbsoluteTolerance + (RelativeTolerance * Math.Max(Math.Abs(expected[i]), scale));
            if (!(Math.Abs(expected[i] - received[i]) <= allowed))
                return $"{what}[{i}] is {received[i]:R}, the reference says {expected[i]:R} (allowed difference {allowed:R})";
        }
        return null;
    }

    private static void Fill(ReferenceTensor input, InputValues allowed, CaseValues kind, ref RandomSequence random)
    {
        switch (allowed.Kind)
        {
            case InputKind.Range:
                for (var i = 0; i < input.Values.Length; i++)
                    input.Values[i] = random.NextSingle((float)allowed.Low, (float)allowed.High);
                break;
            case InputKind.ClassIndex:
                for (var i = 0; i < input.Values.Length; i++)
                    input.Values[i] = random.NextInt((int)allowed.High);
                break;
            case InputKind.OneHot or InputKind.Probabilities:
                FillDistributions(input, allowed.Kind, ref random);
                break;
            default:
                Fill(input.Values, kind, ref random);
                break;
        }
    }

    private static void FillDistributions(ReferenceTensor input, InputKind kind, ref RandomSequence random)
    {
        var (channels, area) = (input.Shape.Channels, input.Shape.Area);
        for (var image = 0; image < input.Batch; image++)
            for (var pixel = 0; pixel < area; pixel++)
            {
                var chosen = random.NextInt(channels);
                var parts = new double[channels];
                for (var channel = 0; channel < channels; channel++)
                    parts[channel] = kind == InputKind.OneHot ? channel == chosen ? 1 : 0 : 0.05 + random.NextSingle(0, 1);
                var sum = parts.Sum();
                for (var channel = 0; channel < channels; channel++)
                    input[image, (channel * area) + pixel] = (float)(parts[channel] / sum);
            }
    }

    private static void Fill(double[] values, CaseValues kind, ref RandomSequence random)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = kind == CaseValues.Reals ? random.NextSingle(-2, 2) : random.NextInt(3) == 0 ? 0 : random.NextInt(17) - 8;
    }
}
