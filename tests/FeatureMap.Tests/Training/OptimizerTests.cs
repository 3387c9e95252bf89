using FeatureMap.Lanes;
using FeatureMap.Randomness;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed unsafe class OptimizerTests
{
    private const int Steps = 20;
    private const double Rate = 0.02;

    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var name in Formulas.Keys)
                foreach (var length in (int[])[1, 7, 16, 37, 83])
                    cases.Add(name, length);
            return cases;
        }
    }

    /// <summary>Optimisers that are compared with their formula.</summary>
    internal static IEnumerable<Type> Judged => Formulas.Values.Select(formula => formula.Optimizer.GetType());

    private delegate void Formula(ref double w, double g, double[] slots, double decay, int step);

    // Written as the papers write them, one weight at a time.
    private static Dictionary<string, (Optimizer Optimizer, Formula Formula)> Formulas { get; } = new()
    {
        ["plain"] = (new Sgd(0, weightDecay: 0.01), (ref w, g, _, decay, _) => w -= Rate * (g + (decay * w))),
        ["momentum"] = (new Sgd(0.9, weightDecay: 0.01), (ref w, g, v, decay, _) =>
        {
            v[0] = (0.9 * v[0]) + g + (decay * w);
            w -= Rate * v[0];
        }
        ),
        ["Nesterov"] = (new Sgd(0.8, nesterov: true, weightDecay: 0.01), (ref w, g, v, decay, _) =>
        {
            g += decay * w;
            v[0] = (0.8 * v[0]) + g;
            w -= Rate * (g + (0.8 * v[0]));
        }
        ),
        ["Adam"] = (new Adam(0.9, 0.99, 1e-6, 0.01), (ref w, g, s, decay, step) => w -= AdamStep(g + (decay * w), s, step)),
        ["AdamW"] = (new AdamW(0.9, 0.99, 1e-6, 0.01), (ref w, g, s, decay, step) => w = (w * (1 - (Rate * decay))) - AdamStep(g, s, step)),
        ["RMSProp"] = (new RmsProp(0.9, 1e-6, weightDecay: 0.01), (ref w, g, s, decay, _) =>
        {
            g += decay * w;
            s[0] = (0.9 * s[0]) + (0.1 * g * g);
            w -= Rate * g / (Math.Sqrt(s[0]) + 1e-6);
        }
        ),
        ["RMSProp centred with momentum"] = (new RmsProp(0.9, 1e-3, 0.8, centered: true, weightDecay: 0.01), (ref w, g, s, decay, _) =>
        {
            g += decay * w;
            s[0] = (0.9 * s[0]) + (0.1 * g * g);
            s[1] = (0.9 * s[1]) + (0.1 * g);
            s[2] = (0.8 * s[2]) + (g / (Math.Sqrt(s[0] - (s[1] * s[1])) + 1e-3));
            w -= Rate * s[2];
        }
        ),
        ["RMSProp with momentum"] = (new RmsProp(0.9, 1e-3, 0.8), (ref w, g, s, _, _) =>
        {
            s[0] = (0.9 * s[0]) + (0.1 * g * g);
            s[1] = (0.8 * s[1]) + (g / (Math.Sqrt(s[0]) + 1e-3));
            w -= Rate * s[1];
        }
        ),
        ["Lion"] = (new Lion(0.9, 0.99, 0.01), (ref w, g, m, decay, _) =>
        {
            w = (w * (1 - (Rate * decay))) - (Rate * Math.Sign((0.9 * m[0]) + (0.1 * g)));
            m[0] = (0.99 * m[0]) + (0.01 * g);
        }
        ),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Twenty_steps_follow_the_formula_at_every_width(string name, int length)
    {
        var (optimizer, formula) = Formulas[name];
        foreach (var decays in (bool[])[true, false])
        {
            var expected = Plain(formula, length, decays ? 0.01 : 0);
            var wide = Run<Lanes512>(optimizer, length, decays);
            for (var i = 0; i < length; i++)
                Assert.Equal(expected[i], wide[i], 3e-6);
            Assert.Equal(wide, Run<Lanes256>(optimizer, length, decays));
            Assert.Equal(wide, Run<Lanes128>(optimizer, length, decays));
            Assert.Equal(wide, Run<LanesScalar>(optimizer, length, decays));
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("momentum")]
    [InlineData("Nesterov")]
    [InlineData("Adam")]
    [InlineData("AdamW")]
    [InlineData("RMSProp")]
    [InlineData("Lion")]
    public void Decay_pulls_only_where_the_parameter_decays(string name) =>
        Assert.NotEqual(Run<Lanes256>(Formulas[name].Optimizer, 7, decays: true), Run<Lanes256>(Formulas[name].Optimizer, 7, decays: false));

    [Fact]
    public void Without_momentum_nothing_is_kept()
    {
        Assert.Empty(new Sgd(0).Slots);
        Assert.Equal(["momentum"], new Sgd(0.5).Slots);
        Assert.Equal(["average", "square"], new AdamW().Slots);
    }

    [Fact]
    public void Optimisers_say_what_they_are()
    {
        Assert.Equal("sgd 0.9 nesterov weight-decay=0.0005", new Sgd(0.9, nesterov: true, weightDecay: 5e-4).ToString());
        Assert.Equal("sgd 0", new Sgd(0).ToString());
        Assert.Equal("adamw", new AdamW().ToString());
        Assert.Equal("rmsprop momentum=0.9 centered", new RmsProp(momentum: 0.9, centered: true).ToString());
        Assert.Equal("lion weight-decay=0.1", new Lion(weightDecay: 0.1).ToString());
    }

    [Fact]
    public void Invalid_settings_are_explained()
    {
        Says("The momentum of SGD must be at least 0 and below 1: received 1.", () => new Sgd(1));
        Says("The momentum of SGD must be at least 0 and below 1: received -0.1.", () => new Sgd(-0.1));
        Says("The momentum of SGD must be at least 0 and below 1: received NaN.", () => new Sgd(double.NaN));
        Says("Nesterov's step looks ahead along the momentum, so it needs a momentum above 0: received 0. A common value is 0.9.", () => new Sgd(0, nesterov: true));
        Says("Weight decay must be at least 0 and below 1: received 1. Common values are 0 to 0.01 (5e-4 for convolutional networks).", () => new Sgd(weightDecay: 1));
        Says("Weight decay must be at least 0 and below 1: received NaN. Common values are 0 to 0.01 (5e-4 for convolutional networks).", () => new AdamW(weightDecay: double.NaN));
        Says("Adam's beta1 must be at least 0 and below 1: received 1.", () => new Adam(beta1: 1));
        Says("Adam's beta2 must be at least 0 and below 1: received -1.", () => new Adam(beta2: -1));
        Says("Adam's epsilon must be above 0 and below 1: received 0.", () => new Adam(epsilon: 0));

        static void Says(string message, Func<Optimizer> make) => Assert.Equal(message, Assert.Throws<UsageException>(make).Message);
    }

    private static double AdamStep(double g, double[] s, int step)
    {
        s[0] = (0.9 * s[0]) + (0.1 * g);
        s[1] = (0.99 * s[1]) + (0.01 * g * g);
        return Rate * (s[0] / (1 - Math.Pow(0.9, step + 1))) / (Math.Sqrt(s[1] / (1 - Math.Pow(0.99, step + 1))) + 1e-6);
    }

    private static double[] Plain(Formula formula, int length, double decay)
    {
        var result = Start(length);
        var slots = Enumerable.Range(0, length).Select(_ => new double[3]).ToArray();
        for (var step = 0; step < Steps; step++)
        {
            var gradient = Gradient(step, length);
            for (var i = 0; i < length; i++)
                formula(ref result[i], gradient[i], slots[i], decay, step);
        }
        return result;
    }

    private static float[] Run<TLanes>(Optimizer optimizer, int length, bool decays) where TLanes : unmanaged, ILanes<TLanes>
    {
        AlignedBuffer values = new(length), gradient = new(length);
        var step16 = (length + 15) / 16 * 16;
        var slots = new AlignedBuffer(Math.Max(1, optimizer.Slots.Count) * step16);
        Start(length).Select(value => (float)value).ToArray().CopyTo(values.Span);
        for (var step = 0; step < Steps; step++)
        {
            Gradient(step, length).Select(value => (float)value).ToArray().CopyTo(gradient.Span);
            var time = new UpdateTime { LearningRate = Rate, Step = step };
            optimizer.Update(new LaneRun<TLanes>(
                time, values.Pointer, gradient.Pointer, slots.Pointer, step16, optimizer.Slots.Count, length, decays, factor: 1));
        }
        return values.Span.ToArray();
    }

    private static double[] Start(int length) => Draw(100, length);

    private static double[] Gradient(int step, int length) => Draw((uint)step, length);

    private static double[] Draw(uint seed, int length)
    {
        var random = new RandomSequence(seed, RandomPurpose.Testing);
        var numbers = new double[length];
        for (var i = 0; i < length; i++)
            numbers[i] = random.NextSingle(-1, 1);
        return numbers;
    }
}
