using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Analysis;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Interchange;

public sealed class NetworkFileTests
{
    private const string Small = """
        {
          "format": "featuremap-network",
          "version": 1,
          "input": { "channels": 1, "height": 6, "width": 6 },
          "layers": [
            { "name": "conv1", "op": "Conv2d", "inputs": ["input"], "settings": { "channels": 3, "kernel": [3, 3], "stride": [1, 1], "padding": [0, 0, 0, 0], "dilation": [1, 1], "groups": 1, "bias": true, "initializer": "he-normal" } },
            { "name": "batchNorm1", "op": "BatchNorm", "inputs": ["conv1"], "settings": { "epsilon": 1E-05, "momentum": 0.1, "affine": true } },
            { "name": "relu1", "op": "Relu", "inputs": ["batchNorm1"], "settings": {} },
            { "name": "conv2", "op": "Conv2d", "inputs": ["relu1"], "settings": { "channels": 4, "kernel": [4, 4], "stride": [1, 1], "padding": [0, 0, 0, 0], "dilation": [1, 1], "groups": 1, "bias": true, "initializer": "he-normal" } },
            { "name": "flatten1", "op": "Flatten", "inputs": ["conv2"], "settings": {} }
          ]
        }

        """;

    [Fact]
    public void The_text_is_readable_and_always_the_same()
    {
        Assert.Equal(Small.ReplaceLineEndings("\n"), NetworkFile.ToJson(SampleNetworks.Plain()));
        Assert.Equal(64, NetworkFile.Sha256(SampleNetworks.Plain()).Length);
        Assert.NotEqual(NetworkFile.Sha256(SampleNetworks.Plain()), NetworkFile.Sha256(SampleNetworks.Branched()));
    }

    public static TheoryData<string> Known => ["plain", "branched", "vgg", "resnet", "mobilenet"];

    [Theory]
    [MemberData(nameof(Known))]
    public void What_is_written_is_read_back(string name)
    {
        var network = name switch
        {
            "plain" => SampleNetworks.Plain(),
            "branched" => SampleNetworks.Branched(),
            "vgg" => KnownNetworks.Vgg16(),
            "resnet" => KnownNetworks.ResNet50(strideInLastUnit: true, padding: Padding.Same),
            _ => KnownNetworks.MobileNet(),
        };
        var json = NetworkFile.ToJson(network);
        var back = NetworkFile.Parse(json);
        Assert.Equal(json, NetworkFile.ToJson(back));
        Assert.Equal(network.Layers.Select(layer => $"{layer} {layer.Output} {string.Join(',', layer.Inputs)}"), back.Layers.Select(layer => $"{layer} {layer.Output} {string.Join(',', layer.Inputs)}"));
        Assert.Equal(Weights.Initialize(network, 3).Sha256(), Weights.Initialize(back, 3).Sha256());
    }

    /// <summary>Every case of every op: each setting that a room forgets to write or read shows here.</summary>
    [Fact]
    public void Every_op_is_made_again_from_its_settings()
    {
        var random = new RandomSequence(30, RandomPurpose.Testing);
        foreach (var entry in OpCatalogue.Entries)
        {
            var cases = entry.Cases.Concat(Enumerable.Range(0, 50).Select(_ => entry.RandomCase(ref random)));
            foreach (var given in cases)
            {
                var reader = new OpSettings(given.Op.Name, given.Op.SettingValues.ToDictionary(setting => setting.Name, setting => setting.Value));
                var made = entry.FromSettings(reader);
                reader.Finish();
                Assert.Equal(entry.Type.Name, made.Name);
                AssertSameProperties(given.Op, made);
                Assert.Equivalent(given.Op.SettingValues, made.SettingValues, strict: true);
            }
        }
    }

    [Fact]
    public void Files_are_written_and_read()
    {
        using var folder = new TemporaryFolder();
        NetworkFile.Save(folder["network.json"], SampleNetworks.Branched());
        Assert.Equal(NetworkFile.ToJson(SampleNetworks.Branched()), NetworkFile.ToJson(NetworkFile.Load(folder["network.json"])));
        File.WriteAllBytes(folder["marked.json"], [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Small)]);
        Assert.Equal(Small.ReplaceLineEndings("\n"), NetworkFile.ToJson(NetworkFile.Load(folder["marked.json"])));
        Assert.StartsWith("gone.json does not exist (looked for ", Assert.Throws<DataException>(() => NetworkFile.Load(folder["gone.json"])).Message, StringComparison.Ordinal);
        File.WriteAllBytes(folder["long.json"], new byte[NetworkFile.MaximumLength + 1]);
        Assert.Equal("long.json is too long for a network description: 8,388,609 bytes; at most 8,388,608 are read.", Assert.Throws<DataException>(() => NetworkFile.Load(folder["long.json"])).Message);
    }

    [Fact]
    public void Files_from_before_a_setting_existed_are_read()
    {
        var old = Small.Replace(", \"affine\": true", "", StringComparison.Ordinal);
        Assert.NotEqual(Small, old);
        Assert.Equal(Small.ReplaceLineEndings("\n"), NetworkFile.ToJson(NetworkFile.Parse(old)));
    }

    [Fact]
    public void Initialisers_of_the_users_own_are_written_as_the_default()
    {
        var network = Network.Build(Shape.Image(1, 3, 3), x => x.Conv(1, kernel: 3, initializer: new Own()));
        Assert.Contains("\"initializer\": \"he-normal\"", NetworkFile.ToJson(network), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Errors => new()
    {
        { "\"featuremap-network\"", "\"onnx\"", "x: the format is \"onnx\"; \"featuremap-network\" was expected." },
        { "\"version\": 1", "\"version\": 2", "x: it has version 2 of the format, and this release reads version 1; use a release that is as new as the one that wrote it." },
        { "\"version\": 1,", "", "x: \"version\" is missing." },
        { "\"version\": 1,", "\"version\": 1, \"weights\": 1,", "x: there is no \"weights\" here. Known: format, version, input, layers." },
        { "\"height\": 6", "\"height\": 0", "x, input, height: a whole number from 1 to 1,000,000 was expected: received 0." },
        { "\"channels\": 1, \"height\": 6, \"width\": 6", "\"channels\": 1000000, \"height\": 65536, \"width\": 6", "x, input: A shape of 1000000 x 65536 x 6 has 393,216,000,000 elements per sample; at most 2,147,483,647 are possible." },
        { "\"Conv2d\", \"inputs\": [\"relu1\"]", "\"Convolution2d\", \"inputs\": [\"relu1\"]", "x, layer 4 'conv2': there is no op 'Convolution2d'. Known: " },
        { "\"Relu\"", "\"ReLU6\"", "x, layer 3 'relu1': there is no op 'ReLU6'. Did you mean 'Relu6'?" },
        { "\"op\": \"Relu\"", "\"op\": 7", "x, layer 3 'relu1', op: a text was expected: received a number." },
        { "\"name\": \"relu1\"", "\"name\": \"conv1\"", "x, layer 3 'conv1': the name 'conv1' is taken by an earlier layer; names must be unique, because weights are stored under them." },
        { "\"name\": \"relu1\"", "\"name\": \"input\"", "x, layer 3 'input': the name 'input' is taken by the network's input; names must be unique, because weights are stored under them." },
        { "\"name\": \"relu1\"", "\"name\": \"re lu\"", "x: Layer 're lu' (Relu, layer 3, after 'batchNorm1'): a layer name has letters, digits, '_', '-', '.' and '/': received 're lu'." },
        { "[\"batchNorm1\"]", "[\"conv2\"]", "x, layer 3 'relu1': it reads 'conv2', which comes later; a network has no cycles, so a layer reads only layers before it." },
        { "[\"batchNorm1\"]", "[\"relu1\"]", "x, layer 3 'relu1': it reads itself; a network has no cycles, so a layer reads only layers before it." },
        { "[\"batchNorm1\"]", "[\"batchNorm2\"]", "x, layer 3 'relu1': it reads 'batchNorm2', and there is no such layer. Did you mean 'batchNorm1'?" },
        { "[\"batchNorm1\"]", "[]", "x: Layer 'relu1' (Relu, layer 3) takes 1 input: received 0." },
        { "[\"batchNorm1\"]", "[\"batchNorm1\", \"conv1\"]", "x: Layer 'relu1' (Relu, layer 3, after 'batchNorm1') takes 1 input: received 2." },
        { "[\"batchNorm1\"]", "[\"conv1\"]", "x, layers: layer 'batchNorm1' is read by nobody and is not the last one, which is the network's output; remove it, or let a later layer read it." },
        { ", \"momentum\": 0.1", "", "x, layer 2 'batchNorm1': BatchNorm needs the setting 'momentum', which is missing." },
        { "\"momentum\"", "\"momentun\"", "x, layer 2 'batchNorm1': BatchNorm needs the setting 'momentum', which is missing. Was 'momentun' meant for it?" },
        { "\"momentum\": 0.1", "\"momentum\": 0.1, \"epsilom\": 1", "x, layer 2 'batchNorm1': BatchNorm has no setting 'epsilom'. Did you mean 'epsilon'?" },
        { "\"momentum\": 0.1", "\"momentum\": 1.1", "x, layer 2 'batchNorm1': BatchNorm takes as 'momentum' a number from 1E-30 to 1: received 1.1." },
        { "\"momentum\": 0.1", "\"momentum\": 1e999", "x, layer 2 'batchNorm1', setting 'momentum': the number 1e999 is too large." },
        { "\"momentum\": 0.1", "\"momentum\": null", "x, layer 2 'batchNorm1', setting 'momentum': a number, true, false, a text or a list of numbers was expected: received null." },
        { "\"channels\": 4", "\"channels\": -4", "x, layer 4 'conv2': Conv2d takes as 'channels' a whole number from 1 to 1,000,000: received -4." },
        { "\"channels\": 4", "\"channels\": true", "x, layer 4 'conv2': Conv2d takes as 'channels' a whole number from 1 to 1,000,000: received true." },
        { "[4, 4]", "[4]", "x, layer 4 'conv2': Conv2d takes as 'kernel' two whole numbers from 1 to 1,000,000, such as [3, 3] (vertical, horizontal): received [4]." },
        { "[4, 4]", "[4, \"4\"]", "x, layer 4 'conv2', setting 'kernel': a list of numbers was expected: received a text." },
        { "[4, 4]", "[5, 5]", "x: Layer 'conv2' (Conv2d(5x5, 4 channels), layer 4, after 'relu1') cannot take 3x4x4: The kernel does not fit: it spans 5 pixels of height, the input has 4. Use a smaller kernel, or pad by at least 1 more." },
        { "[4, 4]", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", "x, layer 4 'conv2': Conv2d takes as 'kernel' two whole numbers from 1 to 1,000,000, such as [3, 3] (vertical, horizontal): received [1, 2, 3, 4, 5, 6, 7, 8, ...]." },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void Errors_name_the_place_and_the_fix(string original, string replacement, string message)
    {
        var at = Small.LastIndexOf(original, StringComparison.Ordinal);
        Assert.True(at >= 0, original);
        var error = Assert.Throws<DataException>(() => NetworkFile.Parse(Small[..at] + replacement + Small[(at + original.Length)..], "x"));
        if (message.EndsWith("Known: ", StringComparison.Ordinal)) Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        else Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"format\":\"featuremap-network\",\"format\":\"featuremap-network\"}")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("{\"format\":\"\\ud800\",\"version\":1,\"input\":{},\"layers\":[]}")]
    public void What_is_no_description_is_told(string text) =>
        Assert.StartsWith("x", Assert.Throws<DataException>(() => NetworkFile.Parse(text, "x")).Message, StringComparison.Ordinal);

    [Fact]
    public void Counts_that_overflow_are_told()
    {
        const string huge = """{ "name": "NAME", "op": "Conv2d", "inputs": ["FROM"], "settings": { "channels": 40000, "kernel": [1, 1], "stride": [1, 1], "padding": [0, 0, 0, 0], "dilation": [1, 1], "groups": 1, "bias": true, "initializer": "he-normal" } }""";
        var layers = Enumerable.Range(1, 9_000).Select(i => huge.Replace("NAME", $"c{i}", StringComparison.Ordinal).Replace("FROM", i == 1 ? "input" : $"c{i - 1}", StringComparison.Ordinal));
        var json = $$"""{ "format": "featuremap-network", "version": 1, "input": { "channels": 40000, "height": 230, "width": 230 }, "layers": [ {{string.Join(",", layers)}} ] }""";
        Assert.Equal(9_001, NetworkFile.Parse(json[..Math.Min(json.Length, NetworkFile.MaximumLength)], "x").Layers.Count);
        const string wide = """{ "format": "featuremap-network", "version": 1, "input": { "channels": 1, "height": 1, "width": 1 }, "layers": [ { "name": "c", "op": "Conv2d", "inputs": ["input"], "settings": { "channels": 1000000, "kernel": [1000000, 1000000], "stride": [1, 1], "padding": [999999, 999999, 999999, 999999], "dilation": [1, 1], "groups": 1, "bias": true, "initializer": "he-normal" } } ] }""";
        Assert.Throws<DataException>(() => NetworkFile.Parse(wide, "x"));
    }

    [Fact]
    public void Damaged_texts_give_a_network_or_a_data_error()
    {
        var original = Encoding.UTF8.GetBytes(NetworkFile.ToJson(SampleNetworks.Branched()));
        var random = new RandomSequence(31, RandomPurpose.Testing);
        var (read, refused) = (0, 0);
        for (uint round = 0; round < 4_000; round++)
        {
            var damaged = round % 2 == 0 ? Mutations.Of(original, round, original.Length) : Respelt(original, ref random);
            try
            {
                var network = NetworkFile.Parse(damaged, "x");
                NetworkFile.Parse(NetworkFile.ToJson(network));
                read++;
            }
            catch (DataException)
            {
                refused++;
            }
        }
        Assert.True(read > 50 && refused > 2_000, $"{read} read, {refused} refused");
    }

    /// <summary>One token becomes another token of the text, or an extreme number: the JSON often stays whole, so the deeper checks are met.</summary>
    private static byte[] Respelt(byte[] original, ref RandomSequence random)
    {
        var text = Encoding.UTF8.GetString(original);
        var tokens = System.Text.RegularExpressions.Regex.Matches(text, "\"[^\"]*\"|[-0-9.E]+|true|false|\\[[^\\[\\]]*\\]|\\{[^{}]*\\}");
        var token = tokens[random.NextInt(tokens.Count)];
        string[] extremes = ["0", "-1", "2147483647", "2147483648", "1000000", "999999", "1e308", "[]", "{}", "null", "\"same\"", "\"\"", "[1000000, 1000000]", "[0, 0, 999999, 999999]", "true"];
        var replacement = random.NextInt(3) == 0 ? extremes[random.NextInt(extremes.Length)] : tokens[random.NextInt(tokens.Count)].Value;
        return Encoding.UTF8.GetBytes(text[..token.Index] + replacement + text[(token.Index + token.Length)..]);
    }

    private static void AssertSameProperties(Op expected, Op actual)
    {
        foreach (var property in expected.GetType().GetProperties())
            if (property.GetIndexParameters().Length == 0 && property.Name != nameof(Op.Parameters))
                Assert.Equal($"{property.Name} = {property.GetValue(expected)}", $"{property.Name} = {property.GetValue(actual)}");
    }

    private sealed class Own : Initializer
    {
        public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random) => values.Fill(1);
    }
}
