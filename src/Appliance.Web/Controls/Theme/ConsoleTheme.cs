using MudBlazor;

namespace Appliance.Web.Controls.Theme;

/// <summary>
/// Colours, sizes and letters of the console. <c>wwwroot/theme.css</c> is written from this: a style element in the page would need a
/// weaker content security policy, and would show the other theme for a moment. Every pair of text and background has a contrast of at
/// least 4.5 (WCAG 2.2 AA).
/// </summary>
public static class ConsoleTheme
{
    private static readonly string[] _letters =
    [
        "system-ui",
        "-apple-system",
        "Segoe UI",
        "Roboto",
        "Liberation Sans",
        "Noto Sans",
        "Arial",
        "sans-serif",
    ];

    /// <summary>The one theme, light and dark.</summary>
    public static MudTheme Value { get; } =
        new()
        {
            PaletteLight = new PaletteLight
            {
                Primary = "#1f56cf",
                Secondary = "#55606f",
                Tertiary = "#6d4bb8",
                Info = "#1f56cf",
                Success = "#146c3a",
                Warning = "#7c4a03",
                Error = "#b3261e",
                Dark = "#18212d",
                TextPrimary = "#18212d",
                TextSecondary = "#55606f",
                TextDisabled = "#6b7685",
                ActionDefault = "#55606f",
                ActionDisabled = "#7d8794",
                ActionDisabledBackground = "#e6e9ee",
                Background = "#f5f6f8",
                BackgroundGray = "#eceff3",
                Surface = "#ffffff",
                DrawerBackground = "#ffffff",
                DrawerText = "#18212d",
                DrawerIcon = "#55606f",
                AppbarBackground = "#ffffff",
                AppbarText = "#18212d",
                LinesDefault = "#dde1e7",
                LinesInputs = "#8a94a3",
                TableLines = "#dde1e7",
                TableHover = "#f5f6f8",
                TableStriped = "#f8f9fb",
                Divider = "#dde1e7",
                OverlayDark = "rgba(8,12,20,0.45)",
            },
            PaletteDark = new PaletteDark
            {
                Primary = "#7aa8ff",
                PrimaryContrastText = "#0b1424",
                Secondary = "#9aa7b8",
                Tertiary = "#b79df0",
                Info = "#7aa8ff",
                InfoContrastText = "#0b1424",
                Success = "#57cf8b",
                SuccessContrastText = "#08170f",
                Warning = "#f0b958",
                WarningContrastText = "#1d1402",
                Error = "#ff8d85",
                ErrorContrastText = "#260806",
                Dark = "#e3e8ef",
                TextPrimary = "#e3e8ef",
                TextSecondary = "#9aa7b8",
                TextDisabled = "#8593a5",
                ActionDefault = "#9aa7b8",
                ActionDisabled = "#7c8a9d",
                ActionDisabledBackground = "#243040",
                Background = "#0e1319",
                BackgroundGray = "#131a22",
                Surface = "#161c24",
                DrawerBackground = "#161c24",
                DrawerText = "#e3e8ef",
                DrawerIcon = "#9aa7b8",
                AppbarBackground = "#161c24",
                AppbarText = "#e3e8ef",
                LinesDefault = "#2a3441",
                LinesInputs = "#66758a",
                TableLines = "#2a3441",
                TableHover = "#1c2430",
                TableStriped = "#1a212b",
                Divider = "#2a3441",
                OverlayDark = "rgba(8,12,20,0.6)",
            },
            LayoutProperties = new()
            {
                DefaultBorderRadius = "6px",
                DrawerWidthLeft = "224px",
                AppbarHeight = "48px",
            },
            Typography = new()
            {
                Default = new DefaultTypography
                {
                    FontFamily = _letters,
                    FontSize = ".875rem",
                    LineHeight = "1.45",
                    LetterSpacing = "normal",
                },
                H5 = new H5Typography
                {
                    FontFamily = _letters,
                    FontSize = "1.25rem",
                    FontWeight = "650",
                    LineHeight = "1.25",
                    LetterSpacing = "-.01em",
                },
                H6 = new H6Typography
                {
                    FontFamily = _letters,
                    FontSize = "1rem",
                    FontWeight = "650",
                    LineHeight = "1.3",
                    LetterSpacing = "normal",
                },
                Subtitle1 = new Subtitle1Typography
                {
                    FontFamily = _letters,
                    FontSize = ".875rem",
                    FontWeight = "650",
                    LineHeight = "1.4",
                    LetterSpacing = "normal",
                },
                Subtitle2 = new Subtitle2Typography
                {
                    FontFamily = _letters,
                    FontSize = ".8125rem",
                    FontWeight = "600",
                    LineHeight = "1.4",
                    LetterSpacing = "normal",
                },
                Body1 = new Body1Typography
                {
                    FontFamily = _letters,
                    FontSize = ".875rem",
                    LineHeight = "1.45",
                    LetterSpacing = "normal",
                },
                Body2 = new Body2Typography
                {
                    FontFamily = _letters,
                    FontSize = ".8125rem",
                    LineHeight = "1.45",
                    LetterSpacing = "normal",
                },
                Button = new ButtonTypography
                {
                    FontFamily = _letters,
                    FontSize = ".8125rem",
                    FontWeight = "600",
                    LineHeight = "1.5",
                    LetterSpacing = "normal",
                    TextTransform = "none",
                },
                Caption = new CaptionTypography
                {
                    FontFamily = _letters,
                    FontSize = ".78rem",
                    LineHeight = "1.4",
                    LetterSpacing = "normal",
                },
            },
        };
}
