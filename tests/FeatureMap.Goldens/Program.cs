using FeatureMap.Goldens;
using FeatureMap.Goldens.Training;
using TorchSharp;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: FeatureMap.Goldens FOLDER [ops] [losses] [trainings]     (start it with generate-goldens.sh, which prepares libtorch)");
    return 2;
}
torch.InitializeDeviceType(DeviceType.CPU);
torch.set_num_threads(1);
var provenance = new Provenance();
var parts = args[1..];
var complete = true;
if (parts.Length == 0 || parts.Contains("ops"))
    complete &= OpGoldens.Write(Directory.CreateDirectory(Path.Combine(args[0], "Ops")).FullName, provenance);
if (parts.Length == 0 || parts.Contains("losses"))
    LossGoldens.Write(Path.Combine(Directory.CreateDirectory(Path.Combine(args[0], "Losses")).FullName, "losses.safetensors"), provenance);
if (parts.Length == 0 || parts.Contains("trainings"))
    TrainingGoldens.Write(Directory.CreateDirectory(Path.Combine(args[0], "Training")).FullName, provenance);
return complete ? 0 : 1;
