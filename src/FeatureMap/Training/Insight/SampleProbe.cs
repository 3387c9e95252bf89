using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// Shows a network some validation images, the same ones after every epoch, as it is judged: which units of its activations are dead on
/// them, and of a few of them what it answers and what its first layers make of them. The plan is made once.
/// </summary>
internal sealed class SampleProbe : IBatchReader, IDisposable
{
    /// <summary>Images on which units are looked at.</summary>
    public const int MostImages = 256;

    /// <summary>Images whose answers are kept, and those of them whose maps are.</summary>
    public const int MostShown = 10, MostMapped = 4;

    /// <summary>Numbers of an answer that are kept; of longer ones none.</summary>
    public const int MostAnswers = 1000;

    // An image that is only looked at costs a third of one that is trained on: the sample takes about a two-hundredth of an epoch, where
    // that leaves a shard.
    private const double ShareOfEpoch = 0.005, CostOfTraining = 3;

    private readonly TrainingGraph graph;
    private readonly Watch[] watched;
    private readonly MapBytes[] maps;
    private readonly int[] mapLayers, sample, shownAt;
    private readonly BatchLoader loader;
    private readonly IExecutable executable;
    private readonly float[]?[] answers;
    private readonly float[]?[][] mapped;
    private int start;

    /// <param name="weights">What is judged: numbers of network and loss.</param>
    /// <param name="graph">Network and loss.</param>
    /// <param name="set">The images that are judged.</param>
    /// <param name="normalization">How pixels become numbers.</param>
    /// <param name="preparation">What is done to the images first.</param>
    /// <param name="engine">Who computes.</param>
    /// <param name="epochImages">Training images of an epoch, which say how many are worth looking at.</param>
    public SampleProbe(Weights weights, TrainingGraph graph, ImageSet set, Normalization normalization, Augmentation preparation,
        IEngine engine, long epochImages)
    {
        this.graph = graph;
        var worth = (int)Math.Clamp(epochImages * CostOfTraining * ShareOfEpoch, ImageGroup.Most, MostImages);
        sample = Spread(Math.Min(worth, set.Count), set.Count);
        Shown = ChooseShown(set);
        shownAt = new int[set.Count];
        Array.Fill(shownAt, -1);
        for (var i = 0; i < Shown.Count; i++)
            shownAt[Shown[i]] = i;
        watched = [.. SampleLayers.ThatCanDie(graph.Network).Select(layer => new Watch(layer))];
        var withMaps = SampleLayers.WithMaps(graph.Network);
        mapLayers = [.. withMaps.Select(layer => layer.Index)];
        maps = [.. withMaps.Select(layer => new MapBytes(layer.Name, layer.Output))];
        Layers = [.. watched.Select(one => one.Layer.Index).Concat(mapLayers).Distinct().Order()];
        answers = new float[Shown.Count][];
        mapped = [.. maps.Select(_ => new float[Math.Min(MostMapped, Shown.Count)][])];
        var capacity = engine.HoldsBatches ? Math.Min(ImageGroup.Most, sample.Length) : sample.Length;
        loader = new BatchLoader(set, normalization, preparation, null, capacity);
        executable = engine.Prepare(new EngineRequest
        {
            Weights = weights,
            Result = graph.Result,
            Batch = capacity,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Feed = loader.Feed(graph),
            Reader = this,
        });
    }

    public IReadOnlyList<int> Layers { get; }

    /// <summary>How many images are looked at.</summary>
    public int Images => sample.Length;

    /// <summary>The places in the set of those whose answers are kept; of the first few of them the maps are.</summary>
    public IReadOnlyList<int> Shown { get; }

    /// <summary>Which maps are kept.</summary>
    public IReadOnlyList<MapBytes> Maps => maps;

    /// <summary>Whether what the network gives is short enough to be kept as numbers.</summary>
    public bool KeepsAnswers => graph.Network.Output is { IsVector: true, Count: <= MostAnswers };

    /// <summary>Shows the images to the network as it is now.</summary>
    public void Run()
    {
        foreach (var one in watched)
            one.Clear();
        executable.Prepare();
        var batch = loader.Indices.Length;
        for (start = 0; start < sample.Length; start += batch)
        {
            var count = Math.Min(batch, sample.Length - start);
            loader.Set(sample.AsSpan(start, count));
            executable.Forward(count);
        }
    }

    /// <summary>The units that are dead on all images of the last <see cref="Run"/>.</summary>
    public IReadOnlyList<DeadUnits> Dead() => [.. watched.Select(one => one.Result())];

    /// <summary>What the network gave for a shown image; empty where answers are not kept.</summary>
    public float[] AnswerOf(int shown) => answers[shown] ?? [];

    /// <summary>A kept map of a shown image.</summary>
    public float[] MapOf(int map, int shown) => mapped[map][shown]!;

    public void Read(in ImageGroup group)
    {
        foreach (var one in watched)
            for (var place = 0; place < group.Count; place++)
                one.Look(group.Numbers(one.Layer.Index, place));
        for (var place = 0; place < group.Count; place++)
        {
            var shown = shownAt[sample[start + group.First + place]];
            if (shown < 0) continue;
            if (KeepsAnswers) answers[shown] = Copy(group.Numbers(graph.Result, place), graph.Network.Output.Count);
            for (var map = 0; map < maps.Length && shown < MostMapped; map++)
                mapped[map][shown] = maps[map].Reduce(Copy(group.Numbers(mapLayers[map], place), maps[map].Read));
        }
    }

    public void Dispose() => executable.Dispose();

    private static float[] Copy(ImageNumbers numbers, int count)
    {
        var copy = new float[count];
        for (var i = 0; i < count; i++)
            copy[i] = numbers[i];
        return copy;
    }

    private static int[] Spread(int count, int all) => [.. Enumerable.Range(0, count).Select(i => (int)((long)i * all / count))];

    // One of each class first, then others, spread over the sample.
    private int[] ChooseShown(ImageSet set)
    {
        var chosen = new List<int>();
        if (set.Targets is null)
            chosen.AddRange(sample.DistinctBy(set.Label).Take(MostShown));
        var rest = sample.Except(chosen).ToArray();
        chosen.AddRange(Spread(Math.Min(MostShown - chosen.Count, rest.Length), rest.Length).Select(at => rest[at]));
        return [.. chosen];
    }

    /// <summary>Which units of an activation were not 0 so far.</summary>
    private sealed class Watch(Layer layer)
    {
        // Written by several threads, and only ever to true.
        private readonly bool[] isAlive = new bool[layer.Output.Channels];

        public Layer Layer => layer;

        public void Clear() => Array.Clear(isAlive);

        public void Look(ImageNumbers numbers)
        {
            var area = layer.Output.Area;
            for (var channel = 0; channel < isAlive.Length; channel++)
                for (int i = channel * area, end = i + area; i < end && !isAlive[channel]; i++)
                    if (numbers[i] != 0) isAlive[channel] = true;
        }

        public DeadUnits Result() => new(layer.Name, layer.Op!.Name, isAlive.Length, isAlive.Count(alive => !alive));
    }
}
