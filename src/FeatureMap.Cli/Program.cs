using System.CommandLine;
var root = new RootCommand("x");
var c = new Command("recipes", "list") { new Option<bool>("--json") };
c.SetAction(r => System.Console.WriteLine("hello"));
root.Add(c);
return root.Parse(args).Invoke();
