using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Training;
using Xunit;

namespace FeatureMap.Tests.Models;

public sealed class ModelSessionTests
{
    private static readonly Shape Input = Shape.Image(3, 9, 7);

    public static TheoryData<string> Preparations => ["", "center-crop 5 5, resize 9 7"];

    /// <summary>
    /// Kernels of every kind that keep something between calls: packed, transformed and composed weights, running statistics, masks,
    /// scratch memory.
    /// </summary>
    internal static Network Mixed { get; } = Network.Build(Input, x =>
    {
        x = x.Conv(12, kernel: 3, padding: 1).BatchNorm().Relu().Conv(12, kernel: 3, padding: 1).PRelu().Dropout(0.1f);
        x = x.Conv(8, kernel: 3, stride: 2).LayerNorm().Relu().ConvTranspose(8, kernel: 2, stride: 2).AveragePool(2).Conv(8, kernel: 1);
        x = x.Then(new WeightNorm(new Conv2d(6, 1))).MaxPool(2, padding: Padding.Same);
        return x.Flatten().Linear(9).Relu().Linear(5);
    });

    [Theory]
    [MemberData(nameof(Preparations))]
    public void Answers_are_those_of_the_model_to_the_bit_for_any_number_of_images_and_threads(string preparation)
    {
        var (model, pixels) = (MixedModel(preparation), Pixels(70));
        var expected = Expected(model, pixels);
        using ModelSession one = new(model), three = new(model, threads: 3);
        foreach (var images in (int[])[1, 2, 15, 16, 17, 33, 70])
            foreach (var session in (ModelSession[])[one, three])
            {
                var outputs = new float[images * 5];
                session.Run(pixels.AsSpan(0, images * Input.Count), outputs);
                Assert.Equal(expected[..(images * 5)], outputs);
            }
    }

    [Theory]
    [MemberData(nameof(Preparations))]
    public void Interleaved_pixels_and_prepared_numbers_give_the_same(string preparation)
    {
        var (model, pixels) = (MixedModel(preparation), Pixels(20));
        var expected = Expected(model, pixels);
        using var session = new ModelSession(model);
        var outputs = new float[20 * 5];
        session.Run(Interleaved(pixels), outputs, PixelLayout.Interleaved);
        Assert.Equal(expected, outputs);

        var numbers = new float[pixels.Length];
        for (var image = 0; image < 20; image++)
            model.Read(pixels.AsSpan(image * Input.Count, Input.Count), numbers.AsSpan(image * Input.Count, Input.Count));
        Array.Clear(outputs);
        session.Run(numbers, outputs);
        Assert.Equal(expected, outputs);
        Array.Clear(outputs);
        session.Run(Interleaved(numbers), outputs, PixelLayout.Interleaved);
        Assert.Equal(expected, outputs);
        if (preparation.Length > 0) Assert.NotEqual(expected, Expected(MixedModel(""), pixels));
    }

    [Fact]
    public void A_model_never_answers_with_weights_of_before()
    {
        var network = Network.Build(Shape.Image(1, 6, 6), x => x.Conv(3, kernel: 3).BatchNorm().Relu().GlobalAveragePool().Linear(2));
        var model = new Model(Weights.Initialize(network, 3), Normalization.None(1), []);
        var pixels = Enumerable.Range(0, 36).Select(i => (byte)(7 * i)).ToArray();
        model.Compute(pixels);
        // Through spans that were taken before: each parameter, the running statistics included, and its last number alone.
        for (var i = 0; i < model.Weights.Parameters.Count; i++)
        {
            var values = model.Weights.Parameters[i].Values;
            model.Compute(pixels);
            values[^1] += 0.25f;
            var answer = model.Compute(pixels);
            Assert.Equal(new Model(model.Weights.Clone(), Normalization.None(1), []).Compute(pixels), answer);
            values[^1] -= 0.25f;
        }
        Assert.Equal(new Model(model.Weights.Clone(), Normalization.None(1), []).Compute(pixels), model.Compute(pixels));
    }

    [Fact]
    public void Predictions_are_those_of_the_model()
    {
        var (model, pixels) = (MixedModel(""), Pixels(20));
        using var session = new ModelSession(model);
        Assert.Equal((Input, Shape.Vector(5)), (session.Input, session.Output));
        var many = session.PredictMany(pixels);
        Assert.Equal(20, many.Count);
        for (var image = 0; image < 20; image++)
        {
            var own = pixels.AsSpan(image * Input.Count, Input.Count);
            var expected = model.Predict(own);
            Assert.Equal(expected.Probabilities, many[image].Probabilities);
            Assert.Equal(expected.Probabilities, session.Predict(own).Probabilities);
            Assert.Equal(expected.Probabilities, session.Predict(Interleaved(own.ToArray()), PixelLayout.Interleaved).Probabilities);
            Assert.Equal(expected.ClassName, many[image].ClassName);
        }
    }

    [Fact]
    public void Weights_are_those_of_when_it_was_made()
    {
        var (model, pixels) = (MixedModel(""), Pixels(1));
        using var session = new ModelSession(model);
        var before = session.Predict(pixels).Probabilities;
        foreach (var name in (string[])["conv1.weight", "conv2.weight", "linear1.weight"])
            model.Weights[name].Values.Fill(0.5f);
        Assert.Equal(before, session.Predict(pixels).Probabilities);
        Assert.NotEqual(before, model.Predict(pixels).Probabilities);
    }

    [Fact]
    public void Wrong_sizes_and_calls_are_told()
    {
        using var session = new ModelSession(MixedModel(""));
        Assert.Equal(
            "The network takes images of 3x9x7 (channels x height x width), which is 189 bytes each: received 2,000, which is 10 of them "
                + "and 110 bytes more. Pass whole images one after the other, one byte per channel and pixel.",
            Assert.Throws<ShapeException>(() => session.Run(new byte[2000], new float[50])).Message);
        Assert.Equal(
            "The network takes images of 3x9x7 (channels x height x width), which is 189 numbers each: received 0, which is 0 of them and "
                + "0 numbers more. Pass whole images one after the other, one number per channel and pixel.",
            Assert.Throws<ShapeException>(() => session.Run(Array.Empty<float>(), new float[5])).Message);
        Assert.Equal(
            "The network gives 5 for an image (channels x height x width), which is 2 x 5 = 10 numbers for 2: received room for 5. Pass a "
                + "span of exactly 10.",
            Assert.Throws<ShapeException>(() => session.Run(new byte[2 * 189], new float[5])).Message);
        Assert.StartsWith("The network takes images of 3x9x7 (channels x height x width), which is 189 bytes: "
            + "received 378.", Assert.Throws<ShapeException>(() => session.Predict(new byte[378])).Message, StringComparison.Ordinal);
        Assert.Equal("The number of threads must be between 0 and 1024: received -1. 0 means one per "
            + "logical processor.", Assert.Throws<UsageException>(() => new ModelSession(MixedModel(""), -1)).Message);
        using var maps = new ModelSession(new Model(Weights.Initialize(Network.Build(Input, x => x.Conv(2, kernel: 3)), 1), Normalization.None(3), ["a", "b"]));
        Assert.StartsWith("The network's output is 2x7x5 (channels x height x width); class probabilities need a "
            + "vector of scores.", Assert.Throws<ShapeException>(() => maps.Predict(new byte[189])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_that_take_more_than_images_or_compare_them_are_refused()
    {
        var builder = new NetworkBuilder(Shape.Vector(4));
        var two = builder.Finish(builder.FeatureOf(0).Multiply(builder.AddInput("gate", Shape.Vector(4))));
        Assert.Equal(
            "The network takes more than images: 4 (channels x height x width) for 'gate' as well. A session runs networks with one input.",
            Assert.Throws<UsageException>(() => new ModelSession(Plain(two))).Message);
        builder = new NetworkBuilder(Shape.Vector(4));
        var meets = builder.Finish(builder.Add(new TripletLoss(), "triplets", builder.FeatureOf(0), builder.FeatureOf(0).Linear(1)));
        Assert.Equal(
            "Layer 'triplets' compares the images of a batch with each other: images cannot be asked for one by one. Take the network up "
                + "to the layer before it.",
            Assert.Throws<UsageException>(() => new ModelSession(Plain(meets))).Message);

        static Model Plain(Network network) => new(Weights.Initialize(network, 1), Normalization.None(4), []);
    }

    [Fact]
    public void A_disposed_session_refuses_and_waits_for_those_who_run()
    {
        var (model, pixels) = (MixedModel(""), Pixels(40));
        var expected = Expected(model, pixels);
        for (var round = 0; round < 5; round++)
        {
            var session = new ModelSession(model);
            using var started = new CountdownEvent(4);
            var right = 0;
            var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                var outputs = new float[40 * 5];
                for (var run = 0; ; run++)
                {
                    Array.Clear(outputs);
                    try
                    {
                        session.Run(pixels, outputs);
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }
                    if (outputs.AsSpan().SequenceEqual(expected)) Interlocked.Increment(ref right);
                    else throw new InvalidOperationException("wrong");
                    if (run == 0) started.Signal();
                }
            })).ToArray();
            foreach (var thread in threads) thread.Start();
            started.Wait(TestContext.Current.CancellationToken);
            session.Dispose();
            foreach (var thread in threads) thread.Join();
            session.Dispose();
            Assert.True(right >= 4);
            Assert.Throws<ObjectDisposedException>(() => session.Run(pixels, new float[40 * 5]));
        }
    }

    internal static Model MixedModel(string preparation)
    {
        var weights = Weights.Initialize(Mixed, 3);
        var random = new RandomSequence(5, RandomPurpose.Testing);
        foreach (var name in (string[])["batchNorm1.running_mean", "batchNorm1.running_var"])
            foreach (ref var value in weights[name].Values)
                value = random.NextSingle(0.2f, 2);
        return new Model(weights, new Normalization([0.4, 0.5, 0.6], [0.2, 0.25, 0.3]), ["a", "b", "c", "d", "e"], preparation.Length == 0 ? null : Augmentation.Parse(preparation));
    }

    internal static byte[] Pixels(int images)
    {
        var random = new RandomSequence(9, RandomPurpose.Testing);
        var pixels = new byte[images * Input.Count];
        foreach (ref var pixel in pixels.AsSpan())
            pixel = (byte)random.NextInt(256);
        return pixels;
    }

    /// <summary>What a plan of another kind makes of them, all at once on a thread team.</summary>
    internal static float[] Expected(Model model, byte[] pixels)
    {
        var images = pixels.Length / Input.Count;
        return [.. model.ComputeMany(new ImageSet("images", Input, pixels, new int[images], ["any"]), 2).SelectMany(output => output)];
    }

    private static T[] Interleaved<T>(T[] planar)
    {
        var result = new T[planar.Length];
        for (var start = 0; start < planar.Length; start += Input.Count)
            for (var channel = 0; channel < Input.Channels; channel++)
                for (var i = 0; i < Input.Area; i++)
                    result[start + (i * Input.Channels) + channel] = planar[start + (channel * Input.Area) + i];
        return result;
    }
}

/// <summary>What a session promises about memory and locks, measured when no other test runs.</summary>
[Collection(nameof(Alone))]
public sealed class ModelSessionCostTests
{
    [Theory]
    [InlineData("")]
    [InlineData("center-crop 5 5, resize 9 7")]
    public void The_second_call_allocates_nothing(string preparation)
    {
        using var session = new ModelSession(ModelSessionTests.MixedModel(preparation));
        var (pixels, numbers, outputs) = (ModelSessionTests.Pixels(20), new float[session.Input.Count], new float[20 * 5]);
        session.Run(pixels, outputs);
        session.Run(numbers, outputs.AsSpan(0, 5));
        Allocation.AssertNoneOfThread(() =>
        {
            session.Run(pixels, outputs);
            session.Run(pixels.AsSpan(0, session.Input.Count), outputs.AsSpan(0, 5), PixelLayout.Interleaved);
            session.Run(numbers, outputs.AsSpan(0, 5));
        });
    }

    [Fact]
    public void Sixty_four_threads_on_one_session_are_right_and_wait_for_no_lock()
    {
        const int Threads = 64, Runs = 30;
        var (model, pixels) = (ModelSessionTests.MixedModel(""), ModelSessionTests.Pixels(70));
        var expected = ModelSessionTests.Expected(model, pixels);
        using var session = new ModelSession(model);
        using var barrier = new Barrier(Threads + 1);
        var (wrong, done) = (0, 0);
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            var outputs = new float[20 * 5];
            barrier.SignalAndWait();
            for (var run = 0; run < Runs; run++)
            {
                var (first, images) = ((number + run) % 50, 1 + (((number * 7) + run) % 20));
                var room = outputs.AsSpan(0, images * 5);
                room.Clear();
                session.Run(pixels.AsSpan(first * session.Input.Count, images * session.Input.Count), room);
                if (!room.SequenceEqual(expected.AsSpan(first * 5, images * 5))) Interlocked.Increment(ref wrong);
                Interlocked.Increment(ref done);
            }
            barrier.SignalAndWait();
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        barrier.SignalAndWait(TestContext.Current.CancellationToken);
        var contentions = Monitor.LockContentionCount;
        barrier.SignalAndWait(TestContext.Current.CancellationToken);
        contentions = Monitor.LockContentionCount - contentions;
        foreach (var thread in threads) thread.Join();
        Assert.Equal((0, Threads * Runs), (wrong, done));
        // Each thread may once wait for its working memory to be made, and for the barrier; a lock in the path of the calls would be waited
        // for far more often.
        Assert.True(contentions <= 3 * Threads, $"{contentions} waits for locks in {done} runs");
    }

    [Fact]
    public void There_is_as_much_working_memory_as_calls_at_a_time()
    {
        var pool = new SlotPool<string>(slot => $"{slot}");
        int a = pool.Take(), b = pool.Take();
        Assert.Equal((0, 1, "1"), (a, b, pool[b]));
        pool.Give(a);
        pool.Give(b);
        Assert.Equal((1, 0, 2, 3), (pool.Take(), pool.Take(), pool.Take(), pool.Count)); // the last one first
        foreach (var slot in (int[])[2, 0, 1]) pool.Give(slot);
        pool.Close();
        Assert.Throws<ObjectDisposedException>(() => pool.Take());
    }

    [Fact]
    public void No_slot_is_ever_taken_twice()
    {
        var taken = new int[64];
        var pool = new SlotPool<object>(_ => new object());
        var twice = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (var round = 0; round < 20_000; round++)
            {
                int one = pool.Take(), other = pool.Take();
                if (Interlocked.Increment(ref taken[one]) != 1 || Interlocked.Increment(ref taken[other]) != 1) Interlocked.Increment(ref twice);
                Interlocked.Decrement(ref taken[one]);
                Interlocked.Decrement(ref taken[other]);
                pool.Give(one);
                pool.Give(other);
            }
        });
        Assert.Equal(0, twice);
        Assert.InRange(pool.Count, 2, 16);
    }
}
