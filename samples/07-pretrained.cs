#:project ../src/FeatureMap/FeatureMap.csproj
#:project ../src/FeatureMap.Zoo/FeatureMap.Zoo.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap.Data;
using FeatureMap.Training;
using FeatureMap.Zoo;

if (args is not [var photos, var weights])
{
    Console.WriteLine("usage: dotnet run samples/07-pretrained.cs PHOTOS WEIGHTS, such as photos/ resnet-18: a head for your classes on pretrained weights");
    return;
}

var data = Datasets.Open(photos, new() { Images = new() { Size = new(224, 224), Colours = ImageColours.Colour } });
var model = Pretrained.Get(weights).WithHead(data.ClassNames);
var run = FineTuning.Fit(model, data, new() { HeadOnly = true, Training = FineTuningOptions.UsualForHead });
Console.WriteLine(run.Judgement);
foreach (var mistake in run.Judgement.Mistakes.Take(9)) Console.WriteLine($"{mistake.File}: {mistake.Truth}, called {mistake.Answer}");
