using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>
/// How near both engines come to each other on a small image: without it a comparison could time two different networks. Compared are the
/// outputs in evaluation, then the loss and the change of every number after one step of training, in both memory formats; layers that draw
/// at random are left out of the training.
/// </summary>
/// <param name="Evaluation">Largest difference of two outputs over the largest output of the image.</param>
/// <param name="Loss">Relative difference of the mean loss.</param>
/// <param name="Step">Difference of the two steps, the worse of the two formats.</param>
/// <param name="Formats">Difference of libtorch's steps in its two memory formats: what another order of sums costs by itself.</param>
internal sealed record Agreement(double Evaluation, double Loss, StepDifference Step, StepDifference Formats)
{
    // Sums of float32 in another order.
    private const double OutputTolerance = 1e-4;

    // A step meets more of them, and where a ReLU stands at 0 the two may even decide differently: in a deep network on few small images
    // steps differ by a percent or two, between the two formats of libtorch as well, and those of one parameter by more.
    private const double StepTolerance = 5e-2, ParameterTolerance = 2e-1;

    // A parameter in front of a normalisation has a gradient of 0 and rounding: what is so much shorter than the whole step is compared
    // with that.
    private const double LeastShare = 1e-3;

    // As in gradient descent with rate 1: the change is the gradient, and loses nothing by being added to the weight.
    private const double LearningRate = 1;

    private const int Images = 8, Threads = 2;

    public override string ToString() =>
        $"outputs agree to {Evaluation:E1}, the loss to {Loss:E1}, the training step to {Step} (libtorch's two formats: {Formats})";

    /// <summary>Compares.</summary>
    /// <exception cref="InvalidOperationException">They do not agree.</exception>
    public static Agreement Of(NetworkSpecification specification)
    {
        var network = specification.Small;
        var weights = Disturbed(Weights.Initialize(network, seed: 1));
        var batch = new FixedBatch(network, Images);
        var evaluation = Evaluated(weights, batch);

        var certain = network.Layers.Any(layer => layer.Op is DropoutMask)
            ? network.Rewrite((layer, inputs) => layer.Op is DropoutMask ? inputs[0] : null) : network;
        var start = weights.Derive(certain);
        using var session = EngineContender.CreateSession(certain, batch, Threads, start, LearningRate);
        session.Step();
        var (before, ours) = (Numbers(start), Numbers(session.Whole(session.Weights)));
        var names = start.Parameters.Select(parameter => parameter.Name).ToList();
        var steps = new List<float[][]>();
        var loss = 0.0;
        foreach (var format in Enum.GetValues<MemoryFormat>())
        {
            using var runner = new TorchRunner(start, batch, Threads, format, LearningRate);
            runner.BeginTurn();
            var theirs = runner.TrainingStep();
            loss = Math.Max(loss, Math.Abs(session.StepLoss - theirs) / Math.Abs(theirs));
            steps.Add(runner.Model.Numbers());
        }
        var step = steps.Select(theirs => Difference(names, before, ours, theirs)).MaxBy(difference => OrInfinity(difference.Largest))!;
        var agreement = new Agreement(evaluation, loss, step, Difference(names, before, steps[0], steps[1]));
        // Written so that what is not a number fails.
        return evaluation <= OutputTolerance && loss <= OutputTolerance && step.Whole <= StepTolerance && step.Largest <= ParameterTolerance
            ? agreement
            : throw new InvalidOperationException(
                $"{specification.Name} is not the same network in both engines: {agreement}, where {OutputTolerance} of an output and of "
                + $"the loss, {StepTolerance} of the step and {ParameterTolerance} of a parameter's are allowed. Nothing is timed.");
    }

    // Running statistics of 0 and 1, biases of 0 and scales of 1 would hide exchanged parameters.
    private static Weights Disturbed(Weights weights)
    {
        var random = new RandomSequence(2, RandomPurpose.Testing);
        foreach (var parameter in weights.Parameters.Where(parameter => !parameter.Definition.Decays))
            foreach (ref var value in parameter.Values)
                value += random.NextSingle(-0.2f, 0.2f);
        return weights;
    }

    private static double Evaluated(Weights weights, FixedBatch batch)
    {
        var count = batch.Output.Count;
        var names = Enumerable.Range(0, batch.Output.Channels).Select(number => $"{number}");
        using var session = new ModelSession(new Model(weights, batch.Normalization, [.. names]), Threads);
        var ours = new float[batch.Count * count];
        session.Run(batch.NormalizedImages(), ours);
        var worst = 0.0;
        foreach (var format in Enum.GetValues<MemoryFormat>())
        {
            using var runner = new TorchRunner(weights, batch, Threads, format);
            runner.BeginTurn();
            var theirs = runner.Outputs();
            for (var image = 0; image < batch.Count; image++)
            {
                ReadOnlySpan<float> a = ours.AsSpan(image * count, count), b = theirs.AsSpan(image * count, count);
                var (difference, largest) = (0.0, 0.0);
                for (var i = 0; i < count; i++)
                {
                    difference = Math.Max(difference, Math.Abs((double)a[i] - b[i]));
                    largest = Math.Max(largest, Math.Abs((double)b[i]));
                }
                worst = Math.Max(worst, difference / largest);
            }
        }
        return worst;
    }

    private static float[][] Numbers(Weights weights) => [.. weights.Parameters.Select(parameter => parameter.Values.ToArray())];

    private static StepDifference Difference(List<string> names, float[][] before, float[][] ours, float[][] theirs)
    {
        var (differences, steps) = (new double[names.Count], new double[names.Count]);
        for (var parameter = 0; parameter < names.Count; parameter++)
        {
            double difference = 0, step = 0;
            for (var i = 0; i < before[parameter].Length; i++)
            {
                difference += Math.Pow((double)ours[parameter][i] - theirs[parameter][i], 2);
                step += Math.Pow((double)theirs[parameter][i] - before[parameter][i], 2);
            }
            (differences[parameter], steps[parameter]) = (Math.Sqrt(difference), Math.Sqrt(step));
        }
        var whole = Length(steps);
        var (largest, name) = names.Select((name, i) => (Share: differences[i] / Math.Max(steps[i], LeastShare * whole), name))
            .MaxBy(pair => OrInfinity(pair.Share));
        return new(Length(differences) / whole, largest, name);
    }

    // What is not a number is never the largest of anything: it must not go unseen.
    private static double OrInfinity(double difference) => double.IsNaN(difference) ? double.PositiveInfinity : difference;

    private static double Length(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}

/// <summary>How far two steps are apart: the length of the difference over the length of the step.</summary>
/// <param name="Whole">Of all parameters together.</param>
/// <param name="Largest">Of the parameter where it is largest.</param>
/// <param name="Name">That parameter.</param>
internal sealed record StepDifference(double Whole, double Largest, string Name)
{
    public override string ToString() => $"{Whole:E1}, {Largest:E1} in {Name}";
}
