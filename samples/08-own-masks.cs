#:project ../src/FeatureMap/FeatureMap.csproj
#:project ../src/FeatureMap.Zoo/FeatureMap.Zoo.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap.Data;
using FeatureMap.Training;
using FeatureMap.Zoo;

if (args is not [var place, .. var rest])
{
    Console.WriteLine("usage: dotnet run samples/08-own-masks.cs PLACE [EPOCHS [PICTURE]], such as membranes.zip 60: folders of images "
        + "and masks");
    return;
}

var data = Datasets.Open(place, new() { Images = new() { MaskClasses = "membrane,cell" } });
Console.WriteLine(data.Notice); // what was taken for what
var run = Trainer.Fit(Masks.NetworkFor(data), data, Masks.OptionsFor(data) with
{
    Epochs = rest is [var epochs, ..] ? int.Parse(epochs) : 60,
    EpochEnded = epoch => Console.WriteLine($"epoch {epoch.Epoch}: {epoch.ValidationMetric:P2} of the held-out pixels wrong, in patches"),
});
Console.WriteLine(run.Segmentation); // whole held-out images, class by class
if (rest is [_, var picture]) run.Model.Segment(picture).Save("mask.png");
