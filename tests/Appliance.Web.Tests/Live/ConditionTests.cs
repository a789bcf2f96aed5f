using Appliance.Proxy.Upstreams;
using Appliance.Web.Live;
using Appliance.Web.Tests.Controls;
using Bunit;

namespace Appliance.Web.Tests.Live;

/// <summary>What the row of a server says: since when it fails, why and how often.</summary>
public sealed class ConditionTests : Rendering
{
    [Theory]
    [InlineData(ServerCondition.Failing, 1, "failing for 3 min", "Last error: Refused.")]
    [InlineData(ServerCondition.Failing, 12, "failing for 3 min", "It failed 12 times without an answer between. Last error: Refused.")]
    [InlineData(
        ServerCondition.Trial,
        12,
        "failing for 3 min",
        "It failed 12 times without an answer between. Its time out of service is over: one of the next requests tries it. Refused."
    )]
    public void Row_OfAServerThatFails_SaysSinceWhenWhatAndHowOften(ServerCondition condition, int failures, string word, string why)
    {
        var row = Render<Condition>(parameters =>
            parameters
                .Add(
                    one => one.Server,
                    new ServerView("http://a:1", condition, 0, "Refused.", Points.Start, default, Points.Start.AddMinutes(-3))
                    {
                        Failures = failures,
                    }
                )
                .Add(one => one.Now, Points.Start)
                .Add(one => one.Why, true)
        );
        row.Find(".state").TextContent.Replace('\u202f', ' ').Trim().ShouldBe(word);
        row.Find(".why").TextContent.ShouldBe(why);
    }

    [Fact]
    public void Row_OfAServerThatNobodyAsked_IsNotTriedYet() =>
        Render<Condition>(parameters =>
                parameters.Add(one => one.Server, new ServerView("http://a:1", ServerCondition.Untried, 0, null, null, default))
            )
            .Find(".state")
            .TextContent.Trim()
            .ShouldBe("not tried yet");
}
