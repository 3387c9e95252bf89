using System.Globalization;
using System.Reflection;
using TorchSharp;

namespace FeatureMap.Goldens;

/// <summary>Where the numbers come from: goes into the metadata of every file.</summary>
internal sealed class Provenance
{
    private readonly Dictionary<string, string> facts = new()
    {
        ["generator"] = $"FeatureMap.Goldens {typeof(Provenance).Assembly.GetName().Version!.ToString(3)}",
        ["libtorch"] = torch.__version__,
        ["TorchSharp"] = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
        ["precision"] = "computed in float64, kept as float32",
        ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    public IReadOnlyDictionary<string, string> With(ulong seed) => new Dictionary<string, string>(facts) { ["seed"] = seed.ToString(CultureInfo.InvariantCulture) };
}
