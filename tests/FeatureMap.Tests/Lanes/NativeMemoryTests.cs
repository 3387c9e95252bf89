using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.Networks;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Lanes;

/// <summary>Native memory goes back when its owner is disposed, and not some time later.</summary>
[Collection(nameof(Alone))]
public sealed unsafe class NativeMemoryTests
{
    public static TheoryData<string> Names => [.. Users.Keys];

    private static Dictionary<string, Action> Users { get; } = new()
    {
        ["training"] = () =>
        {
            using var session = new TrainingSession(Everything(), TinyTask.Data(100, 20), new TrainingOptions { BatchSize = 32, Threads = 2, Averaging = new WeightAveraging(), AccumulatedBatches = 2 });
            session.Step();
            session.Validate();
        },
        ["a loss on embeddings"] = () =>
        {
            var network = Network.Build(TinyTask.Network().Input, x => x.Flatten().Linear(4, name: "embedding").AngularLinear(TinyTask.ClassNames.Length));
            var loss = AngularLoss.SphereFace() + Loss.On("embedding", new CenterLoss()) + Loss.On("embedding", new TripletLoss());
            using var session = new TrainingSession(network, TinyTask.Data(100, 20), new TrainingOptions { BatchSize = 32, Threads = 1, Loss = loss });
            session.Step();
        },
        ["a training that is refused"] = () => Assert.Throws<ShapeException>(() => new TrainingSession(
            Network.Build(Shape.Image(1, 5, 5), x => x.Flatten().Linear(2)), TinyTask.Data(100, 20), new TrainingOptions())),
        ["evaluation"] = () => ModelEvaluation.Evaluate(TinyModel(), TinyTask.Data(100, 20).Validation),
        ["many images"] = () => TinyModel().PredictMany(TinyTask.Data(100, 20).Validation, 2),
        ["session"] = () =>
        {
            using var session = new ModelSession(TinyModel(), 3);
            session.Run(new byte[40 * 81], new float[40 * 3]);
            session.Predict(new byte[81]);
        },
        ["feature maps"] = () => TinyModel().FeatureMaps(new byte[81]),
        ["samples"] = () =>
        {
            using var runner = new NetworkRunner(TinyModel().Weights, 3);
            runner.Run(new float[3 * 81]);
        },
        ["gradients by the pixels"] = () => Saliency.Gradient(TinyModel(), new byte[81], 0),
        ["gradient check"] = () => GradientCheck.Run(Network.Build(Shape.Image(1, 4, 4), x => x.Conv(2, kernel: 3).Flatten().Linear(2)), Loss.CrossEntropy()),
        ["plan"] = () => PlanProbe.Describe(TinyTask.Network(), batch: 20, steps: 1, threads: 1),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Everything_is_given_back(string name)
    {
        Users[name]();
        Settle();
        var before = AlignedBuffer.NativeBytes;
        Users[name]();
        Assert.Equal(before, AlignedBuffer.NativeBytes);
    }

    [Fact]
    public void Resident_memory_stays_flat_over_many_trainings()
    {
        // Much memory and little work: if what 40 of them hold stayed until the collector came, which has nothing to do here, it would be 2
        // GB or more.
        var network = Network.Build(TinyTask.Network().Input, x => x.Conv(64, kernel: 1).BatchNorm().Softsign().BatchNorm().Softsign().BatchNorm().GlobalAveragePool().Linear(3));
        var data = TinyTask.Data(600, 40);
        long held = 0, after10 = 0;
        for (var training = 1; training <= 50; training++)
        {
            using (var session = new TrainingSession(network, data, new TrainingOptions { BatchSize = 600, Threads = 1 }))
            {
                session.Step();
                held = AlignedBuffer.NativeBytes;
            }
            if (training == 10) after10 = Environment.WorkingSet;
        }
        Assert.True(held > 50e6, $"a training holds {held:N0} bytes");
        Assert.True(Environment.WorkingSet - after10 < 2 * held, $"{after10:N0} bytes after ten trainings, "
            + $"{Environment.WorkingSet:N0} after fifty");
    }

    [Fact]
    public void What_nobody_frees_goes_back_with_the_collector()
    {
        Settle();
        var before = AlignedBuffer.NativeBytes;
        Forget();
        Settle();
        Assert.True(AlignedBuffer.NativeBytes <= before);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget() => Assert.True(new AlignedBuffer(1000).Length == 1000);
    }

    [Fact]
    public void Buffers_begin_on_a_boundary_empty_and_have_room_for_whole_lines()
    {
        foreach (var length in (int[])[0, 1, 15, 16, 17, 1000])
        {
            var buffer = new AlignedBuffer(length);
            Assert.Equal(0, (nint)buffer.Pointer % 64);
            Assert.Equal(new float[length], buffer.Span);
            new Span<float>(buffer.Pointer, (length + 15) / 16 * 16).Fill(1);
            Assert.Equal(Enumerable.Repeat(1f, length), buffer.Span.ToArray());
            buffer.Free();
            buffer.Free();
            Assert.True(buffer.Pointer is null);
            Assert.Equal(0, buffer.Span.Length);
        }
    }

    [Fact]
    public void Numbers_that_users_hold_stay_as_long_as_the_span()
    {
        var values = Fresh();
        Settle();
        var others = Enumerable.Range(0, 50).Select(_ => Weights.Initialize(TinyTask.Network(), 2)).ToArray();
        Assert.Equal(Weights.Initialize(TinyTask.Network(), 1)["linear1.weight"].Values, values);
        GC.KeepAlive(others);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static Span<float> Fresh() => Weights.Initialize(TinyTask.Network(), 1)["linear1.weight"].Values;
    }

    [Fact]
    public void A_plan_that_is_disposed_says_so()
    {
        var runner = new NetworkRunner(TinyModel().Weights, 1);
        runner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => runner.Run(new float[81]));
    }

    private static Model TinyModel() => new(Weights.Initialize(TinyTask.Network(), 1), Normalization.None(1), TinyTask.ClassNames);

    // Kernels of every kind that keep memory of their own.
    private static Network Everything() => Network.Build(TinyTask.Network().Input, x =>
    {
        x = x.Conv(12, kernel: 3, padding: 1).BatchNorm().Relu().Conv(12, kernel: 3, padding: 1).PRelu().Dropout(0.1f);
        x = x.Conv(8, kernel: 3, stride: 2).LayerNorm().Relu().ConvTranspose(8, kernel: 2, stride: 2).AveragePool(2).Conv(8, kernel: 1);
        x = x.Then(new WeightNorm(new Conv2d(6, 1)));
        return x.Flatten().Linear(9).Relu().Linear(TinyTask.ClassNames.Length);
    });

    private static void Settle()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
