using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Analysis;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>The text of a network says what network.json says, both ways; what is left out is the usual; what is wrong is told by
/// line.</summary>
public sealed class NetworkTextTests
{
    private const string Small = """
        input: 1x6x6
        conv1: Conv2d channels=3 kernel=3
        batchNorm1: BatchNorm
        relu1: Relu
        conv2: Conv2d channels=4 kernel=4
        flatten1: Flatten

        """;

    [Fact]
    public void The_text_is_short_and_always_the_same()
    {
        Assert.Equal(Small.ReplaceLineEndings("\n"), NetworkText.Write(SampleNetworks.Plain()));
        Assert.Equal("""
            input: 2x12x10
            conv1: Conv2d channels=4 kernel=3 padding=same bias=false initializer="uniform 0.05"
            batchNorm1: BatchNorm epsilon=0.001 momentum=0.01
            relu1: Relu
            skip: Conv2d channels=6 kernel=1 stride=2
            conv2: Conv2d(relu1) channels=6 kernel=3x2 stride=2 padding=[1,0,1,1] groups=2
            leakyRelu1: LeakyRelu slope=0.1
            add1: Add(leakyRelu1, skip)
            maxPool1: MaxPool2d kernel=2 ceilMode=true
            averagePool1: AveragePool2d(add1) kernel=2 ceilMode=true countsPadding=false
            concat1: Concat(maxPool1, averagePool1)
            head: Conv2d channels=5 kernel=2 dilation=2
            globalAveragePool1: GlobalAveragePool

            """.ReplaceLineEndings("\n"), NetworkText.Write(SampleNetworks.Branched()));
    }

    public static TheoryData<string> Known =>
        [.. Recipes.All.Select(recipe => recipe.Name), .. Architectures.All.Select(architecture => architecture.Name)];

    [Theory]
    [MemberData(nameof(Known))]
    public void Every_recipe_and_architecture_goes_both_ways(string name)
    {
        var network = RunInput.Network(name).Network;
        var text = NetworkText.Write(network);
        Assert.Equal(NetworkFile.ToJson(network), NetworkFile.ToJson(NetworkText.Parse(text)));
        Assert.Equal(text, NetworkText.Write(NetworkText.Parse(text)));
        // A line for each layer, and nothing said that goes without saying.
        Assert.Equal(network.Layers.Count, text.Split('\n').Length - 1);
        Assert.DoesNotContain("dilation=1 ", text, StringComparison.Ordinal);
    }

    /// <summary>Every case of every op, and random ones: a value that is written so that another one is read shows here.</summary>
    [Fact]
    public void Every_op_goes_both_ways()
    {
        var random = new RandomSequence(31, RandomPurpose.Testing);
        foreach (var entry in OpCatalogue.Entries.Where(entry => !entry.Type.IsSubclassOf(typeof(TargetOp))))
            foreach (var given in entry.Cases.Concat(Enumerable.Range(0, 50).Select(_ => entry.RandomCase(ref random))).ToList())
            {
                var network = NetworkOf(given);
                var text = NetworkText.Write(network);
                Assert.Equal(NetworkFile.ToJson(network), NetworkFile.ToJson(NetworkText.Parse(text)));
            }
    }

    /// <summary>A network in which one case of an op stands: the inputs beyond the first are learned numbers.</summary>
    internal static Network NetworkOf(OpCase given)
    {
        var builder = new NetworkBuilder(given.Inputs.Length > 0 ? given.Inputs[0] : Shape.Vector(1));
        var inputs = given.Inputs.Select((shape, i) => i == 0 ? builder.FeatureOf(0) : builder.Add(new LearnedParameter(shape), null))
            .ToArray();
        return builder.Finish(builder.Add(given.Op, null, inputs));
    }

    [Fact]
    public void What_people_write_is_read()
    {
        var network = NetworkText.Parse("""
            # a network with a shortcut
            input: 1x28x28

              first:  conv  channels = 8  kernel = 3  bias=false   # small letters, no 2d
            BatchNorm
            RELU
            Conv2d channels=8 kernel=3 padding=1 initializer="normal 0.01"
            sum: Add(first, conv1)
            MaxPool kernel=2
            Dropout probability=0.25
            GlobalAveragePool
            Linear outputs=10
            """);
        var built = Network.Build(Shape.Image(1, 28, 28), x =>
        {
            var first = x.Conv(8, kernel: 3, bias: false, name: "first");
            var second = first.BatchNorm().Relu().Conv(8, kernel: 3, padding: 1, initializer: Initializer.Normal(0.01f));
            return first.Add(second, "sum").MaxPool(2).Dropout(0.25f).GlobalAveragePool().Linear(10);
        });
        Assert.Equal(NetworkFile.ToJson(built), NetworkFile.ToJson(network));
    }

    public static TheoryData<string, string, string> Errors => new()
    {
        { Small, "", "x: the text is empty; it begins with the shape of an image, such as 'input: 1x28x28' (channels x height x width)." },
        { "input: 1x6x6", "1x6x6",
            "x, line 1: the first line is the shape of an image, such as 'input: 1x28x28' (channels x height x width) "
            + "or 'input: 10' for a vector: received '1x6x6'." },
        { "1x6x6", "1x0x6", "x, line 1: the first line is the shape of an image, such as 'input: 1x28x28' (channels x height x width) or "
            + "'input: 10' for a vector: received '1x0x6'." },
        { "channels=3", "chanels=3",
            "x, line 2 'conv1': Conv2d needs the setting 'channels', which is missing. Was 'chanels' meant for it?" },
        { "channels=3", "channels", "x, line 2: 'channels' has no value; a setting is written name=value, such as channels=16." },
        { "channels=3", "channels=three",
            "x, line 2 'conv1': Conv2d takes as 'channels' a whole number from 1 to 1,000,000: received \"three\"." },
        { "channels=3", "channels=3 channels=4", "x, line 2: the setting 'channels' is given twice." },
        { "conv1: Conv2d", "conv1: Conv3d", "x, line 2 'conv1': there is no op 'Conv3d'. Did you mean 'Conv2d'?" },
        { "relu1: Relu", "relu1:", "x, line 4: an op is missing behind 'relu1:', such as relu1: Relu." },
        { "relu1: Relu", "conv1: Relu",
            "x, line 4 'conv1': the name is taken by line 2; names must be unique, because weights are stored under them." },
        { "relu1: Relu", "input: Relu", "x, line 4 'input': the name 'input' is that of the network's input; choose another one." },
        { "relu1: Relu", "relu1: Relu slope=1", "x, line 4 'relu1': Relu has no setting 'slope'. It takes none." },
        { "relu1: Relu", "relu1: Relu(conv9)", "x, line 4 'relu1': it reads 'conv9', and there is no such layer. Did you mean 'conv1'?" },
        { "relu1: Relu", "relu1: Relu(conv2)",
            "x, line 4 'relu1': it reads 'conv2', which comes later, in line 5; a network has no cycles, so a layer "
            + "reads only layers before it." },
        { "relu1: Relu", "relu1: Relu(relu1)",
            "x, line 4 'relu1': it reads itself; a network has no cycles, so a layer reads only layers before it." },
        { "relu1: Relu", "relu1: Add",
            "x, line 4 'relu1': Add reads two or more layers: name them in brackets, as in relu1: Add(batchNorm1, ...)." },
        { "relu1: Relu", "relu1: Relu(conv1)",
            "x, line 3 'batchNorm1': nothing reads 'batchNorm1', and it is not the last one, which is the network's "
            + "output; remove it, or let a later layer read it." },
        { "relu1: Relu", "relu1: Relu(conv1", "x, line 4: the end stands where a comma or the closing bracket of the inputs is expected." },
        { "relu1: Relu", "relu1: Relu(conv1) ?", "x, line 4: '?' stands where a setting is expected, such as channels=16." },
        { "relu1: Relu", "!", "x, line 4: '!' stands where a name or an op is expected; a line is 'name: Op(inputs) setting=value'." },
        { "kernel=4", "kernel=[4,4", "x, line 5: the value of 'kernel' does not end: [ is not closed." },
        { "kernel=4", "kernel=", "x, line 5: the setting 'kernel' has no value: the end stands behind its '='." },
        { "kernel=4", "kernel=9", "x, line 5: Layer 'conv2' (Conv2d(9x9, 4 channels), layer 4, after 'relu1') cannot take 3x4x4: " },
        { "relu1: Relu", "re~lu1: Relu", "x, line 4: '~' stands where a setting is expected, such as channels=16." },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void What_is_wrong_is_told_with_its_line(string old, string now, string message)
    {
        var text = Small.ReplaceLineEndings("\n");
        var broken = text.Replace(old.ReplaceLineEndings("\n"), now, StringComparison.Ordinal);
        Assert.NotEqual(text, broken);
        Assert.StartsWith(message, Assert.Throws<DataException>(() => NetworkText.Parse(broken, "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_and_second_inputs_are_refused_as_in_network_json()
    {
        var two = Network.BuildWithInputs([Shape.Vector(2), Shape.Vector(2)], x => x[0].Add(x[1]));
        Assert.Equal(Assert.Throws<UsageException>(() => NetworkFile.ToJson(two)).Message,
            Assert.Throws<UsageException>(() => NetworkText.Write(two)).Message);
    }

    [Fact]
    public void Files_are_written_and_read_by_their_ending()
    {
        using var folder = new TemporaryFolder();
        NetworkText.Save(folder["net.txt"], SampleNetworks.Branched());
        var json = NetworkFile.ToJson(SampleNetworks.Branched());
        Assert.Equal(json, NetworkFile.ToJson(NetworkText.Load(folder["net.txt"])));
        Assert.Equal(json, NetworkFile.ToJson(NetworkFile.Load(folder["net.txt"])));
        File.WriteAllBytes(folder["marked.TXT"], [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Small.ReplaceLineEndings("\r\n"))]);
        Assert.Equal(NetworkFile.ToJson(SampleNetworks.Plain()), NetworkFile.ToJson(NetworkFile.Load(folder["marked.TXT"])));
        Assert.Equal(json, NetworkFile.ToJson(RunInput.Network(folder["net.txt"]).Network));
        Assert.StartsWith("gone.txt does not exist", Assert.Throws<DataException>(() => NetworkText.Load(folder["gone.txt"])).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(folder["long.txt"], new byte[NetworkFile.MaximumLength + 1]);
        Assert.StartsWith("long.txt is too long", Assert.Throws<DataException>(() => NetworkText.Load(folder["long.txt"])).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Anybody's text is a network or a problem, never anything else.</summary>
    [Fact]
    public void No_text_makes_it_fall()
    {
        var random = new RandomSequence(32, RandomPurpose.Testing);
        string[] texts = [NetworkText.Write(SampleNetworks.Branched()), NetworkText.Write(SampleNetworks.Rearranged())];
        const string letters = "x:=()[],#\"-.0129eE/ \n\tNaInfinityConv2d\u00e9\ud800";
        for (var i = 0; i < 4000; i++)
        {
            var text = new StringBuilder(texts[i % texts.Length]);
            for (var change = random.NextInt(4); change >= 0; change--)
            {
                var at = random.NextInt(text.Length);
                switch (random.NextInt(4))
                {
                    case 0: text.Remove(at, Math.Min(1 + random.NextInt(6), text.Length - at)); break;
                    case 1: text.Insert(at, letters[random.NextInt(letters.Length)]); break;
                    case 2: text[at] = letters[random.NextInt(letters.Length)]; break;
                    default: text.Insert(at, text.ToString(at, Math.Min(9, text.Length - at))); break;
                }
            }
            var read = NetworkText.Read(text.ToString(), "x");
            Assert.True((read.Problem is null) != (read.Network is null));
        }
    }
}
